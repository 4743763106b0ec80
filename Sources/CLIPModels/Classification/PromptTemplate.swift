/// A sentence with a place for a label, as in `一张{}的照片`.
public struct PromptTemplate: Hashable, Sendable, CustomStringConvertible {
  /// What stands where the label goes.
  public static let placeholder = "{}"
  /// The longest template that is read, in characters.
  public static let maximumLength = 400

  /// The sentence with its place.
  public let text: String

  /// Reads a template.
  ///
  /// - Parameter text: a sentence with `{}` in it, once or more.
  /// - Throws: ``ModelError/prompts(source:problem:)`` for a sentence without a place or too long.
  public init(_ text: String) throws(ModelError) {
    guard text.contains(Self.placeholder) else {
      throw ModelError.prompts(
        source: "the template '\(text)'", problem: "it has no {} for the label")
    }
    guard text.count <= Self.maximumLength else {
      throw ModelError.prompts(
        source: "the template '\(text.prefix(20))…'",
        problem: "it is longer than \(Self.maximumLength) characters")
    }
    self.text = text
  }

  /// The sentence with the place as it was read.
  public var description: String { text }

  /// The sentence about one label.
  public func callAsFunction(_ label: String) -> String {
    text.replacing(Self.placeholder, with: label)
  }
}
