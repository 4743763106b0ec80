import Checkpoints

/// What a model that is about to be trained is made of.
public struct StartReport: Hashable, Sendable {
  /// The files that tensors came from.
  public var files: [String]
  /// How many tensors came from them.
  public var loadedCount: Int
  /// How many of those had other names there.
  public var renamedCount: Int
  /// Names that started at random, with permission.
  public var random: [String]
  /// Names of the files that the model has no use for.
  public var unused: [String]
  /// Learnable scalars in all.
  public var parameterCount: Int
}

extension StartReport: CustomStringConvertible {
  /// One line for the log.
  public var description: String {
    func list(_ names: [String]) -> String {
      names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }
    let source = files.isEmpty ? "random values" : files.joined(separator: " and ")
    var sentences = ["Start from \(source): \(parameterCount) parameters"]
    if loadedCount > 0 { sentences.append("\(loadedCount) tensors loaded") }
    if renamedCount > 0 { sentences.append("\(renamedCount) of them renamed") }
    if !random.isEmpty { sentences.append("\(random.count) random (\(list(random)))") }
    if !unused.isEmpty { sentences.append("\(unused.count) not used (\(list(unused)))") }
    return sentences.joined(separator: ", ")
  }
}
