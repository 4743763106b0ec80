package import Foundation

/// A kind of tokenizer, told by the file that a model folder holds of it.
package struct TokenizerKind: Sendable {
  /// The file's name.
  let file: String
  /// Reads the file, and others beside it where the kind has more.
  let open: @Sendable (URL) throws(CLIPTextError) -> any Tokenizer

  /// All kinds; where a folder has files of several, the first wins.
  static let all = [
    TokenizerKind(file: "vocab.txt") { url throws(CLIPTextError) in
      try BERTTokenizer(vocabulary: Vocabulary(contentsOf: url))
    },
    TokenizerKind(file: "tokenizer.json") { url throws(CLIPTextError) in
      try BERTTokenizer(vocabulary: Vocabulary(tokenizerJSON: url))
    },
  ]

  /// The tokenizer of a model folder.
  ///
  /// - Parameter folder: where its files lie.
  /// - Returns: the tokenizer, with the file that tells its kind; nil where there is none.
  /// - Throws: ``CLIPTextError`` for a file that cannot be used.
  package static func open(
    folder: URL
  ) throws(CLIPTextError) -> (tokenizer: any Tokenizer, file: URL)? {
    for kind in all {
      let file = folder.appending(path: kind.file)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      return (try kind.open(file), file)
    }
    return nil
  }
}
