internal import Foundation

/// Which files of a repository are wanted.
///
/// Names may have `*`, as in a shell. An array literal is a list of names that must all be there:
/// `["clip_cn_vit-b-16.pt"]`.
public struct FileSelection: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Each must match at least one file.
  public var required: [String]
  /// Taken where they match.
  public var optional: [String]
  /// In order of preference: the first that matches is taken, and one must.
  public var alternatives: [String]

  /// A selection of names and patterns.
  public init(required: [String], optional: [String] = [], alternatives: [String] = []) {
    self.required = required
    self.optional = optional
    self.alternatives = alternatives
  }

  /// Names that must all be there.
  public init(arrayLiteral elements: String...) {
    self.init(required: elements)
  }

  /// A Hugging Face model folder with a BERT vocabulary: its settings, its vocabulary, and its
  /// weights in the safest format that the repository has.
  public static let modelFolder = FileSelection(
    required: ["config.json", "vocab.txt"],
    optional: [
      "preprocessor_config.json", "model.safetensors.index.json", "pytorch_model.bin.index.json",
    ],
    alternatives: [
      "model.safetensors", "model-*-of-*.safetensors", "pytorch_model.bin",
      "pytorch_model-*-of-*.bin",
    ])

  /// The files to fetch, in the listing's order, or else the names that nothing matches.
  func choose(from listing: [RemoteFile]) -> Result<[RemoteFile], MissingNames> {
    var patterns = required + optional
    var missing = required.filter { pattern in
      !listing.contains { Self.matches($0.path, pattern) }
    }
    if !alternatives.isEmpty {
      let preferred = alternatives.first { pattern in
        listing.contains { Self.matches($0.path, pattern) }
      }
      if let preferred {
        patterns.append(preferred)
      } else {
        missing.append(alternatives.joined(separator: " or "))
      }
    }
    guard missing.isEmpty else { return .failure(MissingNames(names: missing)) }
    return .success(
      listing.filter { file in patterns.contains { Self.matches(file.path, $0) } })
  }

  /// What a repository lacks.
  struct MissingNames: Error {
    let names: [String]
  }

  /// `*` matches no `/` and no leading dot.
  private static func matches(_ path: String, _ pattern: String) -> Bool {
    fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD | FNM_NOESCAPE) == 0
  }
}
