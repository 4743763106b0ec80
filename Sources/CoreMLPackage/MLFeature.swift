/// What a Core ML model takes or gives, as a program that uses it sees it.
public struct MLFeature: Hashable, Sendable {
  /// A tensor, or a picture that the system scales and hands over as red, green and blue.
  public enum Kind: Hashable, Sendable {
    /// The first shape is the usual one; none is given where it depends on the input.
    case array(MLProgram.Element, shapes: [[Int]])
    /// In pixels.
    case image(width: Int, height: Int)
  }

  /// The same as in the program.
  public var name: String
  /// For people.
  public var summary: String
  /// What it is.
  public var kind: Kind

  /// Names its parts.
  public init(_ name: String, _ summary: String = "", _ kind: Kind) {
    self.name = name
    self.summary = summary
    self.kind = kind
  }
}
