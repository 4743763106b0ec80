/// A computation as Core ML's ML Programs describe it: operations in order, constants among them.
///
/// Source: mlmodel/format/MIL.proto of apple/coremltools. One function, `main`, and tensors are kept;
/// lists, dictionaries, states and blocks inside of operations are not.
public struct MLProgram: Sendable {
  /// The version of the operators, as in `CoreML6` for iOS 16.
  public var opset: String
  /// What the computation gets.
  public var inputs: [Result]
  /// Names of what it gives.
  public var outputs: [String]
  /// Each after those whose results it takes.
  public var operations: [Operation]

  /// An empty program.
  public init(opset: String = "CoreML6") {
    self.opset = opset
    inputs = []
    outputs = []
    operations = []
  }

  /// The type of a tensor's elements.
  public enum Element: Int, Sendable, CaseIterable {
    case bool = 1
    case string = 2
    case float16 = 10
    case float32 = 11
    case int8 = 21
    case int32 = 23
    case uint8 = 31

    /// Bytes that one takes in a file of weights; nil where it is never stored there.
    public var byteCount: Int? {
      switch self {
      case .int8, .uint8: 1
      case .float16: 2
      case .float32, .int32: 4
      case .bool, .string: nil
      }
    }
  }

  /// Elements and sizes; nil is a size that is known when the program runs.
  public struct TensorType: Hashable, Sendable {
    /// The type of the elements.
    public var element: Element
    /// The sizes; none for a single number.
    public var shape: [Int?]

    /// Names both.
    public init(_ element: Element, _ shape: [Int?] = []) {
      self.element = element
      self.shape = shape
    }
  }

  /// A name with its type.
  public struct Result: Hashable, Sendable {
    /// Letters, digits, `_` and `@`, the first no digit.
    public var name: String
    /// What it is.
    public var type: TensorType

    /// Names both.
    public init(_ name: String, _ type: TensorType) {
      self.name = name
      self.type = type
    }
  }

  /// A constant.
  public struct Value: Hashable, Sendable {
    /// Elements, in the program or in the file of weights.
    public enum Content: Hashable, Sendable {
      /// For `float32`.
      case floats([Float])
      /// For `int32`.
      case integers([Int32])
      case bools([Bool])
      case strings([String])
      /// For all other types, little endian.
      case bytes([UInt8])
      /// The offset of the elements' header in the file of weights.
      case weights(offset: UInt64)
    }

    /// What it is.
    public var type: TensorType
    /// Its elements.
    public var content: Content

    /// Names both.
    public init(_ type: TensorType, _ content: Content) {
      self.type = type
      self.content = content
    }

    /// A text.
    public static func text(_ text: String) -> Value {
      Value(TensorType(.string), .strings([text]))
    }
  }

  /// One operation.
  public struct Operation: Hashable, Sendable {
    /// The operator, `linear` for example.
    public var type: String
    /// Names of what it takes, by parameter; lists for `concat`.
    public var inputs: [String: [String]]
    /// Constants that belong to the operation itself: `val` of a `const`.
    public var attributes: [String: Value]
    /// What it gives.
    public var outputs: [Result]

    /// Names its parts.
    public init(
      _ type: String, inputs: [String: [String]] = [:], attributes: [String: Value] = [:],
      outputs: [Result]
    ) {
      self.type = type
      self.inputs = inputs
      self.attributes = attributes
      self.outputs = outputs
    }
  }
}
