/// What a pickle says, as plain data.
///
/// Names of Python functions and classes stay names: a call is written down in
/// ``PickleObject``, never made.
public enum PickleValue: Sendable, Equatable {
  /// `None`.
  case none
  /// `True` or `False`.
  case boolean(Bool)
  /// A whole number of at most 64 bits.
  case integer(Int64)
  /// A longer whole number, two's complement, least significant byte first.
  case bigInteger([UInt8])
  /// A `float`.
  case number(Double)
  /// A `str`.
  case string(String)
  /// A `bytes` or `bytearray`, or a string of Python 2 that is not ASCII.
  case bytes([UInt8])
  /// A `list`.
  case list([PickleValue])
  /// A `tuple`.
  case tuple([PickleValue])
  /// A `set` or `frozenset`, in the order of the file.
  case set([PickleValue])
  /// A `dict`, in the order of the file.
  case dictionary([PickleEntry])
  /// A class or function that is named and not called, `torch.FloatStorage`.
  case global(String)
  /// What a function or class would make of its arguments.
  indirect case object(PickleObject)
  /// A reference to something outside the pickle, in PyTorch's files a storage.
  indirect case persistent(PickleValue)
}

/// A key and its value in a ``PickleValue/dictionary(_:)``.
public struct PickleEntry: Sendable, Equatable {
  /// The key.
  public let key: PickleValue
  /// The value.
  public let value: PickleValue

  /// Pairs a key with a value.
  public init(key: PickleValue, value: PickleValue) {
    self.key = key
    self.value = value
  }
}

/// The record of a call that was not made.
public struct PickleObject: Sendable, Equatable {
  /// The function or class, `collections.OrderedDict`.
  public let name: String
  /// The arguments.
  public let arguments: [PickleValue]
  /// Entries put into the object afterwards, as into a dictionary.
  public let entries: [PickleEntry]
  /// The state put into the object afterwards, usually its attributes.
  public let state: PickleValue?

  /// Writes down a call.
  public init(
    name: String, arguments: [PickleValue], entries: [PickleEntry] = [], state: PickleValue? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.entries = entries
    self.state = state
  }
}

extension PickleValue {
  /// The whole number, if this is one of at most 64 bits.
  public var integerValue: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The text, if this is one.
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The elements of a list, tuple or set.
  public var elements: [PickleValue]? {
    switch self {
    case .list(let elements), .tuple(let elements), .set(let elements): elements
    default: nil
    }
  }

  /// The entries of a `dict` or `collections.OrderedDict`.
  public var entries: [PickleEntry]? {
    switch self {
    case .dictionary(let entries):
      return entries
    case .object(let object) where object.name == "collections.OrderedDict":
      // Python 2 gave the pairs as the argument instead of setting them afterwards.
      var entries: [PickleEntry] = []
      for pair in object.arguments.first?.elements ?? [] {
        guard let pair = pair.elements, pair.count == 2 else { return nil }
        entries.append(PickleEntry(key: pair[0], value: pair[1]))
      }
      return entries + object.entries
    default:
      return nil
    }
  }

  /// The value of a text key in a `dict` or `collections.OrderedDict`; the last one counts, as in
  /// Python.
  public subscript(key: String) -> PickleValue? {
    entries?.last { $0.key == .string(key) }?.value
  }
}
