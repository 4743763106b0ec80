/// What a ``NameMap`` did with every tensor of a checkpoint.
public struct NameMapReport: Sendable, Equatable {
  /// Tensors that changed their name.
  public struct Renaming: Sendable, Equatable {
    /// The names that were found.
    public let found: [String]
    /// The names that they became.
    public let became: [String]
  }

  /// All names of the result.
  public package(set) var loaded: [String] = []
  /// The names that changed.
  public package(set) var renamed: [Renaming] = []
  /// Tensors that are known and not needed.
  public package(set) var dropped: [String] = []
  /// Tensors that no rule knows; they are not in the result.
  public package(set) var leftOver: [String] = []

  /// Makes an empty report.
  public init() {}
}

extension NameMapReport: CustomStringConvertible {
  /// One line of counts, and what is left over by name.
  public var description: String {
    let summary =
      "\(loaded.count) tensors loaded, \(renamed.reduce(0) { $0 + $1.found.count }) renamed, "
      + "\(dropped.count) dropped, \(leftOver.count) left over"
    guard !leftOver.isEmpty else { return summary }
    let shown = leftOver.prefix(8).joined(separator: ", ")
    return "\(summary): \(shown)\(leftOver.count > 8 ? ", …" : "")"
  }
}
