/// How one kind of tensor is called in a foreign family and in Chinese-CLIP's own naming.
///
/// Names are patterns: `#` stands for a number (a layer's index), a final `*` for any rest, and
/// both stand for the same on either side.
public struct NameRule: Sendable, Hashable {
  /// What happens to a single tensor on its way.
  public enum Transform: Sendable, Hashable {
    /// Nothing.
    case none
    /// Rows and columns change places.
    case transposed
  }

  /// The foreign names; several are stacked along the first dimension, in this order.
  public let foreign: [String]
  /// The native names; several are stacked likewise, none means that the tensor is not needed.
  public let native: [String]
  /// What happens on the way, in both directions.
  public let transform: Transform

  /// The same tensor under another name.
  public static func rename(_ foreign: String, to native: String) -> NameRule {
    NameRule(foreign: [foreign], native: [native], transform: .none)
  }

  /// The same matrix transposed: a linear layer's weight against a factor on the right.
  public static func transpose(_ foreign: String, to native: String) -> NameRule {
    NameRule(foreign: [foreign], native: [native], transform: .transposed)
  }

  /// Several foreign tensors that are one native tensor, below each other.
  public static func stack(_ foreign: [String], to native: String) -> NameRule {
    NameRule(foreign: foreign, native: [native], transform: .none)
  }

  /// One foreign tensor that is several native ones, below each other.
  public static func split(_ foreign: String, to native: [String]) -> NameRule {
    NameRule(foreign: [foreign], native: native, transform: .none)
  }

  /// A foreign tensor that the model does not use.
  public static func drop(_ foreign: String) -> NameRule {
    NameRule(foreign: [foreign], native: [], transform: .none)
  }
}
