/// How much a pickle may ask for.
public struct PickleLimits: Sendable, Equatable {
  /// Bytes of the pickle itself, and of all the strings in it.
  public var maximumBytes: Int
  /// Values, on the stack, remembered, and in the result with everything shared written out.
  public var maximumValues: Int
  /// Containers inside containers.
  public var maximumDepth: Int

  /// Sets limits; the defaults hold the state dictionary and optimiser of a model with ten thousand
  /// tensors ten times over.
  public init(
    maximumBytes: Int = 64 << 20, maximumValues: Int = 1_000_000, maximumDepth: Int = 200
  ) {
    self.maximumBytes = maximumBytes
    self.maximumValues = maximumValues
    self.maximumDepth = maximumDepth
  }
}
