/// A fact beside the tensors of a checkpoint: an epoch, a step, a name.
public enum MetadataValue: Sendable, Equatable {
  /// A truth value.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A floating-point number.
  case number(Double)
  /// A text.
  case string(String)

  /// The value as a whole number, also when a format without numbers stored it as digits.
  public var integerValue: Int? {
    switch self {
    case .integer(let value): value
    case .string(let text): Int(text)
    case .boolean, .number: nil
    }
  }
}

extension MetadataValue: CustomStringConvertible {
  /// The value as plain text.
  public var description: String {
    switch self {
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): value
    }
  }
}
