public import Checkpoints
public import TorchNN

/// The numbers of a tower, which can be built from them, and all that others ask about the tower.
///
/// A new tower is a file with such a type and its trunk, and a line in the list of kinds: see
/// ``ImageEncoderConfiguration`` and ``TextEncoderConfiguration``.
public protocol TowerConfiguration: Codable, Hashable, Sendable {
  /// Its name in JSON, in snake case: the only key of the object with its numbers.
  static var kind: String { get }
  /// What a checkpoint's shapes, under native names, tell of such a tower; nil if it holds none.
  static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>?

  /// Whether it can be built, with sizes that are bounded before any memory is taken.
  var isPossible: Bool { get }
  /// Whether Chinese-CLIP's own code builds and computes the same.
  var isOriginal: Bool { get }
  /// A checkpoint's tensors, those changed that depend on the size of the input.
  func fitted(_ source: any TensorSource) -> any TensorSource

  /// What pooling and head have to know of its trunk.
  var shape: TrunkShape { get }
  /// What comes after its trunk in the models that made it known; every choice but layers is made.
  var standardOutput: OutputConfiguration { get }
}

/// A tower for pictures.
public protocol ImageTowerConfiguration: TowerConfiguration {
  /// The side of its square pictures, in pixels.
  var imageSize: Int { get }
  /// Floating-point operations of the trunk's matrix products for one picture, two for each
  /// multiplication and addition; nil if nobody has counted.
  var operations: Double? { get }
  /// The layer, counted from 0, from whose places an explanation follows the gradient.
  var explainedLayer: Int { get }

  /// Asks a scope for the trunk's tensors.
  ///
  /// - Parameters:
  ///   - scope: the tower's place, `visual`.
  ///   - placeOutput: asks for the tensors of pooling and head. A trunk whose published models keep
  ///     those between its own calls it there, since the order of asking decides what a seed draws
  ///     and how a model's fingerprint reads; others leave it alone.
  /// - Returns: the trunk.
  /// - Throws: `ParameterError` when checkpoint and architecture disagree.
  func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk
}

/// A tower for texts.
public protocol TextTowerConfiguration: TowerConfiguration {
  /// The most tokens that it can take.
  var maximumPositions: Int { get }
  /// The entries that its vocabulary must have.
  var vocabularySize: Int { get }
  /// The first part of its tensors' names.
  var scopeName: String { get }
  /// Dropped in training.
  var dropout: Double { get set }
  /// Floating-point operations of the trunk's matrix products for one text of so many tokens.
  func operations(tokens: Int) -> Double?

  /// Asks a scope for the trunk's tensors.
  ///
  /// - Parameter scope: the tower's place, ``scopeName``.
  /// - Returns: the trunk.
  /// - Throws: `ParameterError` when checkpoint and architecture disagree.
  func trunk(in scope: Parameters.Scope) throws -> any TextTrunk
}

extension TowerConfiguration {
  /// Nothing: its shapes do not tell its numbers.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? { nil }
  /// false.
  public var isOriginal: Bool { false }
  /// The source as it is: nothing depends on the size of the input.
  public func fitted(_ source: any TensorSource) -> any TensorSource { source }
}

extension ImageTowerConfiguration {
  /// nil.
  public var operations: Double? { nil }
  /// The last: its places are what is pooled.
  public var explainedLayer: Int { shape.layerWidths.count - 1 }
}

extension TextTowerConfiguration {
  /// nil.
  public func operations(tokens: Int) -> Double? { nil }
}
