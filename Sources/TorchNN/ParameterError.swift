public import Foundation

/// What stops a model from being built from a checkpoint.
public enum ParameterError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// The source has no tensor of that name.
  case missing(name: String, source: String)
  /// The tensor's shape is not what the layer needs.
  case wrongShape(name: String, expected: [Int], found: [Int], source: String)
  /// The source's tensors that no layer asked for.
  case unused(names: [String], source: String)
  /// Two layers asked for the same name.
  case takenTwice(name: String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// A sentence for people: what does not fit, where, and what to do.
  public var description: String {
    switch self {
    case .missing(let name, let source):
      "\(source) has no tensor '\(name)'; is it a checkpoint of this architecture?"
    case .wrongShape(let name, let expected, let found, let source):
      "\(name): expected shape \(expected), found \(found) in \(source); "
        + "is it a checkpoint of another architecture?"
    case .unused(let names, let source):
      "\(source) has \(names.count) tensors that the architecture does not use: "
        + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    case .takenTwice(let name):
      "two layers ask for the tensor '\(name)'"
    }
  }
}
