import Torch

/// What an encoder computes, in the few operations that its layers come down to: the one description
/// that every format is written from.
///
/// It comes from a trace of the encoder that runs, so a tower is never described twice.
struct TowerGraph {
  typealias ValueID = Int

  /// The size of an axis.
  enum Dimension: Hashable {
    case fixed(Int)
    /// A multiple of the number of pictures or texts.
    case batch(times: Int)
  }

  /// What an operation takes or gives.
  enum Value {
    case computed(shape: [Dimension], dtype: DType)
    /// A weight or a number; named as in the checkpoint where it is one of its tensors.
    case constant(Tensor, name: String?)
  }

  /// An operation; shapes are those of its results.
  enum Operation: Hashable {
    /// picture, weight `[outputs, inputs / groups, height, width]`, bias?; padding: top, left, bottom,
    /// right.
    case convolution(stride: [Int], padding: [Int], groups: Int)
    /// picture, scale, shift, mean, variance, all `[channels]`.
    case batchNorm(epsilon: Double)
    /// Zeros around a picture: top, left, bottom, right.
    case pad([Int])
    case averagePool(kernel: Int, stride: Int)
    case maximumPool(kernel: Int, stride: Int, padding: Int)
    /// x, weight `[outputs, inputs]`, bias?
    case linear
    case matrixProduct
    /// x, scale, shift, over the last axis.
    case layerNorm(epsilon: Double)
    /// query, key, value `[batch, heads, tokens, width]`, mask? (true: attend).
    case attention(scale: Double)
    case reshape
    case expand
    case permute([Int])
    case concatenate(axis: Int)
    case slice(axis: Int, start: Int)
    /// Equal parts.
    case split(axis: Int)
    /// One slice, without its axis.
    case select(axis: Int, index: Int)
    /// table, indices.
    case lookUp
    /// x, indices of x's rank.
    case gather(axis: Int)
    case binary(Binary)
    case unary(Unary)
    case reduce(Reduction, axes: [Int], keepsAxes: Bool)
    case softmax(axis: Int)
    case cast(DType)
    /// Elements of the second where the first is true, of the third elsewhere.
    case choose
  }

  enum Binary: String { case add, subtract, multiply, divide, equal }
  enum Unary: String { case relu, relu6, sigmoid, tanh, gelu, silu, not, squareRoot, exp }
  enum Reduction: String { case mean, sum, maximum }

  struct Node {
    var operation: Operation
    var inputs: [ValueID]
    var outputs: [ValueID]
  }

  var values: [Value] = []
  /// Each after those whose results it takes.
  var nodes: [Node] = []
  var input: ValueID = 0
  var output: ValueID = 0

  /// The constant that a value is.
  func constant(_ id: ValueID) -> Tensor? {
    if case .constant(let tensor, _) = values[id] { tensor } else { nil }
  }

  /// The sizes of a value's axes.
  func shape(_ id: ValueID) -> [Dimension] {
    switch values[id] {
    case .computed(let shape, _): shape
    case .constant(let tensor, _): tensor.shape.map { .fixed($0) }
    }
  }

  /// The type of a value's elements.
  func dtype(_ id: ValueID) -> DType {
    switch values[id] {
    case .computed(_, let dtype): dtype
    case .constant(let tensor, _): tensor.dtype
    }
  }

  /// A new value.
  mutating func add(_ value: Value) -> ValueID {
    values.append(value)
    return values.count - 1
  }

  /// How many operations take each value, the graph's own output counted as one.
  var useCounts: [ValueID: Int] {
    var counts: [ValueID: Int] = [output: 1]
    for node in nodes { for input in node.inputs { counts[input, default: 0] += 1 } }
    return counts
  }

  /// The operation that gives each value.
  var producers: [ValueID: Node] {
    var producers: [ValueID: Node] = [:]
    for node in nodes { for output in node.outputs { producers[output] = node } }
    return producers
  }
}
