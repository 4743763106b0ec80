/// A value of a column.
public enum ParquetValue: Sendable, Hashable {
  /// There is none.
  case null
  /// A truth value.
  case boolean(Bool)
  /// A whole number; dates, times and timestamps as the file counts them.
  case integer(Int64)
  /// A whole number of a column without negative ones.
  case unsigned(UInt64)
  /// A number in half or single precision.
  case float(Float)
  /// A number in double precision.
  case double(Double)
  /// A text.
  case text(String)
  /// Bytes that are no text, or that say so and are not UTF-8.
  case bytes([UInt8])
}

/// A column of a flat table.
public struct ParquetColumn: Sendable, Hashable {
  /// What its values are.
  public enum Kind: Sendable, Hashable {
    /// Truth values.
    case boolean
    /// Whole numbers: also dates, times and timestamps, as the file counts them.
    case integer
    /// Whole numbers of 32 or 64 bits that are not negative.
    case unsigned
    /// Numbers of 16, 32 or 64 bits with a point.
    case real
    /// Texts.
    case text
    /// Bytes.
    case bytes
    /// Something that is in the file and not read here: lists, structures, decimals.
    case other(String)
  }

  /// Its name.
  public let name: String
  /// What its values are.
  public let kind: Kind
  /// Whether values may be missing.
  public let isOptional: Bool

  /// How its values lie in the file; nil for what is not read.
  let storage: ColumnStorage?
}
