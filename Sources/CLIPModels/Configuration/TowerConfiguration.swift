public import TorchNN

/// The numbers of a tower, which can be built from them.
public protocol TowerConfiguration: Codable, Hashable, Sendable {
  /// What pooling and head have to know of its trunk.
  var shape: TrunkShape { get }
  /// What comes after its trunk in the models that made it known; every choice but layers is made.
  var standardOutput: OutputConfiguration { get }
}

/// A tower for pictures.
public protocol ImageTowerConfiguration: TowerConfiguration {
  /// The side of its square pictures, in pixels.
  var imageSize: Int { get }

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

  /// Asks a scope for the trunk's tensors.
  ///
  /// - Parameter scope: the tower's place, ``scopeName``.
  /// - Returns: the trunk.
  /// - Throws: `ParameterError` when checkpoint and architecture disagree.
  func trunk(in scope: Parameters.Scope) throws -> any TextTrunk
}
