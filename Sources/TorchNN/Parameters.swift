import Synchronization
public import Torch

/// A model's tensors by checkpoint name: the state dict.
///
/// Layers ask for their tensors while they are built, through a ``Scope``. A name that the source
/// lacks or a wrong shape is an error that says which; what the source has left over is
/// ``unusedNames``. Saving, counting, freezing and optimiser groups are operations on the entries.
public final class Parameters: Sendable {
  /// What an entry is for.
  public enum Kind: Sendable {
    /// Learned.
    case weight
    /// Running statistics: saved, never learned.
    case buffer
    /// Learned, and part of another entry once merged: see ``LowRankAddition``.
    case adapter
  }

  /// Which part of a model an entry belongs to; what parts there are is the model's business.
  public struct Part: RawRepresentable, Hashable, Sendable {
    /// How messages call it.
    public let rawValue: String

    /// Names a part.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// What belongs to the model as a whole, as a temperature does.
    public static let shared = Part(rawValue: "shared")
  }

  /// One named tensor.
  public struct Entry: Sendable {
    /// The checkpoint's name for it.
    public let name: String
    /// The values, converted as ``Parameters/numerics`` say.
    public let tensor: Tensor
    /// Whether it is learned.
    public let kind: Kind
    /// Which part of the model it belongs to.
    public let part: Part
    /// How many blocks of its network come after it: 0 in the last block and in what follows.
    public let blocksAfter: Int
  }

  /// What happens when the source has no tensor of a name.
  public enum MissingPolicy: Sendable {
    case fail
    /// The layer's initial values are drawn, and the name is listed in ``initializedNames``.
    case initialize
    /// A tensor of the right shape without memory of its own: to count or to list, not to compute.
    case outline
  }

  private struct State {
    var entries: [Entry] = []
    var positions: [String: Int] = [:]
    var initialized: [String] = []
    var taken: [String] = []
    var takenBytes = 0
    var additions: [String: LowRankAddition] = [:]
  }

  /// How tensors are converted as layers ask for them.
  public let numerics: Numerics
  /// Which linear maps get a low-rank addition; nil: none.
  public let lowRank: LowRankConfiguration?
  private let source: (any TensorSource)?
  private let missing: MissingPolicy
  private let state = Mutex(State())

  /// Parameters that come from a source, or start at random without one.
  ///
  /// - Parameters:
  ///   - source: the checkpoint.
  ///   - missing: what to do about names that the source lacks.
  ///   - numerics: the type and device that tensors are converted to.
  ///   - lowRank: which linear maps get a low-rank addition; nil: none.
  public init(
    from source: (any TensorSource)?, missing: MissingPolicy = .fail, numerics: Numerics = .exact,
    lowRank: LowRankConfiguration? = nil
  ) {
    self.lowRank = lowRank
    self.source = source
    self.missing = source == nil && missing == .fail ? .initialize : missing
    self.numerics = numerics
  }

  /// The scope without a path.
  public var root: Scope { Scope(parameters: self, path: "", part: .shared, blocksAfter: 0) }

  /// All entries in the order in which layers asked for them; none once prepared.
  public var entries: [Entry] { state.withLock { $0.entries } }

  /// Names whose values were drawn because the source lacks them.
  public var initializedNames: [String] { state.withLock { $0.initialized } }

  /// Names that the source has and no layer asked for.
  public var unusedNames: [String] {
    let taken = state.withLock { $0.positions }
    return source?.tensorNames.filter { taken[$0] == nil } ?? []
  }

  /// The number of learned scalars.
  public var count: Int {
    entries.reduce(0) { $0 + ($1.kind == .buffer ? 0 : $1.tensor.count) }
  }

  /// The tensor of a name, if a layer asked for it.
  public subscript(name: String) -> Tensor? {
    state.withLock { state in
      guard !numerics.prepared else { return nil }
      return state.positions[name].map { state.entries[$0].tensor }
    }
  }

  /// - Throws: ``ParameterError/unused(names:source:)`` when the source has tensors left over.
  public func requireAllUsed() throws {
    let unused = unusedNames
    guard unused.isEmpty else {
      throw ParameterError.unused(names: unused, source: source?.sourceName ?? "")
    }
  }

  fileprivate func take(
    _ name: String, _ shape: [Int], _ initial: InitialValues, _ kind: Kind, in scope: Scope,
    dtype: DType, mayBeMissing: Bool = false
  ) throws -> Tensor {
    let name = scope.path + name
    var initialized = false
    let found: Tensor
    if let tensor = try source?.tensor(named: name) {
      guard tensor.shape == shape else {
        throw ParameterError.wrongShape(
          name: name, expected: shape, found: tensor.shape, source: source?.sourceName ?? "")
      }
      found = tensor
    } else {
      switch missing {
      case .fail where mayBeMissing:
        found = try initial.tensor(shape)
      case .fail:
        throw ParameterError.missing(name: name, source: source?.sourceName ?? "the source")
      case .initialize:
        initialized = !mayBeMissing
        found = try initial.tensor(shape)
      case .outline:
        found = try Tensor.zeros([]).expanded(shape)
      }
    }
    let tensor = try found.to(dtype, device: numerics.device)
    if numerics.prepared { releaseSource(after: name, found.byteCount) }
    try enter(scope.entry(name, tensor, kind), initialized: initialized)
    return tensor
  }

  /// Lets the source forget what prepared layers have copied, every 8 MB: a model and its whole
  /// checkpoint would not be in memory together.
  private func releaseSource(after name: String, _ bytes: Int) {
    let taken = state.withLock { state in
      // A layer copies its weights a little after it has asked for them, so the last ones of before
      // are released once more.
      state.taken = state.taken.suffix(63) + [name]
      state.takenBytes += bytes
      guard state.takenBytes > 8 << 20 else { return [String]() }
      state.takenBytes = 0
      return state.taken
    }
    if !taken.isEmpty { source?.releaseMemory(of: taken) }
  }

  private func enter(_ entry: Entry, initialized: Bool) throws {
    try state.withLock { state in
      guard state.positions[entry.name] == nil else {
        throw ParameterError.takenTwice(name: entry.name)
      }
      state.positions[entry.name] = state.entries.count
      // Layers that are prepared keep the weight in another form: a second copy serves nobody.
      if !numerics.prepared { state.entries.append(entry) }
      if initialized { state.initialized.append(entry.name) }
    }
  }

  /// Enters the two factors of a weight's addition, if the configuration wants one.
  fileprivate func addition(
    to weight: String, in scope: Scope, inputs: Int, outputs: Int
  ) throws -> LowRankAddition? {
    let path = scope.path
    guard let lowRank, lowRank.targets.contains(path + weight) else { return nil }
    func factor(_ suffix: String, _ shape: [Int], _ initial: InitialValues) throws -> Tensor {
      let name = path + (weight == "weight" ? "" : weight + ".") + suffix
      let saved = try source?.tensor(named: name)
      if let saved, saved.shape != shape {
        throw ParameterError.wrongShape(
          name: name, expected: shape, found: saved.shape, source: source?.sourceName ?? "")
      }
      let tensor = try (saved ?? initial.tensor(shape)).to(.float32, device: numerics.device)
      try enter(scope.entry(name, tensor, .adapter), initialized: false)
      return tensor
    }
    let addition = LowRankAddition(
      down: try factor("lora_down", [lowRank.rank, inputs], .fanIn(inputs)),
      up: try factor("lora_up", [outputs, lowRank.rank], .zeros),
      scale: lowRank.alpha / Double(lowRank.rank))
    state.withLock { $0.additions[path + weight] = addition }
    return addition
  }

  /// The addition to a weight, if it has one.
  fileprivate func addition(to name: String) -> LowRankAddition? {
    state.withLock { $0.additions[name] }
  }
}

extension Parameters {
  /// A place in the state dict; layers extend it with `/` and ask it for tensors.
  ///
  /// It also says what its tensors are for, so that nobody has to tell that from their names.
  public struct Scope: Sendable {
    let parameters: Parameters
    let path: String
    let part: Part
    let blocksAfter: Int

    /// How the parameters are kept.
    public var numerics: Numerics { parameters.numerics }

    /// The scope one name deeper.
    public static func / (scope: Scope, name: String) -> Scope {
      Scope(
        parameters: scope.parameters, path: scope.path + name + ".", part: scope.part,
        blocksAfter: scope.blocksAfter)
    }

    /// The scope of an element of a list.
    public static func / (scope: Scope, index: Int) -> Scope {
      scope / String(index)
    }

    /// The same place, its tensors in a part of the model.
    public func part(_ part: Part) -> Scope {
      Scope(parameters: parameters, path: path, part: part, blocksAfter: blocksAfter)
    }

    /// The same place, its tensors in one of a network's blocks.
    ///
    /// - Parameters:
    ///   - index: counted from 0 at the network's input.
    ///   - count: how many blocks the network has.
    /// - Returns: a scope for the block's tensors.
    public func block(_ index: Int, of count: Int) -> Scope {
      Scope(parameters: parameters, path: path, part: part, blocksAfter: count - 1 - index)
    }

    /// The same place, its tensors before the first of a network's blocks.
    public func input(before count: Int) -> Scope { block(-1, of: count) }

    fileprivate func entry(_ name: String, _ tensor: Tensor, _ kind: Kind) -> Entry {
      Entry(name: name, tensor: tensor, kind: kind, part: part, blocksAfter: blocksAfter)
    }

    /// A learned tensor.
    ///
    /// - Parameters:
    ///   - name: the last part of the checkpoint's name.
    ///   - shape: what the layer needs.
    ///   - initial: values when there is no checkpoint.
    ///   - dtype: another type than the model's, for what must stay exact.
    /// - Returns: a tensor of that shape.
    /// - Throws: ``ParameterError`` when it is missing, of another shape, or taken already.
    public func parameter(
      _ name: String, _ shape: [Int], _ initial: InitialValues, dtype: DType? = nil
    ) throws -> Tensor {
      try parameters.take(
        name, shape, initial, .weight, in: self, dtype: dtype ?? parameters.numerics.dtype)
    }

    /// The low-rank addition to a weight `[outputs, inputs]`, if the model is built with one.
    ///
    /// - Parameters:
    ///   - weight: the last part of the weight's name.
    ///   - inputs: columns of the weight.
    ///   - outputs: rows of the weight.
    /// - Returns: the addition, or nil where the model has none.
    /// - Throws: ``ParameterError`` when it is of another shape.
    public func lowRankAddition(
      to weight: String = "weight", inputs: Int, outputs: Int
    ) throws -> LowRankAddition? {
      try parameters.addition(to: weight, in: self, inputs: inputs, outputs: outputs)
    }

    /// Running statistics, kept in `float32`.
    public func buffer(
      _ name: String, _ shape: [Int], _ initial: InitialValues
    ) throws -> Tensor {
      try parameters.take(name, shape, initial, .buffer, in: self, dtype: .float32)
    }

    /// A whole number that some checkpoints carry along; zero where they do not.
    public func counter(_ name: String) throws -> Tensor {
      try parameters.take(
        name, [], .zeros, .buffer, in: self, dtype: .int64, mayBeMissing: true)
    }
  }
}

// As a source, parameters give what the layers compute with: additions are merged.
extension Parameters: TensorSource {
  /// The name of what the parameters were read from.
  public var sourceName: String { source?.sourceName ?? "the model" }
  /// The names in the order in which layers asked for them.
  public var tensorNames: [String] { entries.filter { $0.kind != .adapter }.map(\.name) }
  /// The tensor that a layer asked for, with its addition if it has one.
  public func tensor(named name: String) throws -> Tensor? {
    guard let tensor = self[name] else { return nil }
    return try addition(to: name)?.merged(into: tensor) ?? tensor
  }
  /// Lets the source that these parameters were read from release its memory.
  public func releaseMemory(of names: [String]) { source?.releaseMemory(of: names) }
}
