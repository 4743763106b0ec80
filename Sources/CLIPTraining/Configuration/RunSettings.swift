/// How recall is measured on the way.
public struct EvaluationSettings: Codable, Hashable, Sendable {
  /// Steps between evaluations; 0 or less: none between epochs.
  public var everySteps: Int
  /// Epochs between evaluations; 0 or less: none at their ends.
  public var everyEpochs: Int
  /// Inputs that go through the network at once.
  public var batchSize: Int
  /// Whether recall is measured before the first step: the zero-shot start.
  public var atStart: Bool

  /// Once an epoch, and before the first step.
  public init(everySteps: Int = 0, everyEpochs: Int = 1, batchSize: Int = 32, atStart: Bool = true)
  {
    self.everySteps = everySteps
    self.everyEpochs = everyEpochs
    self.batchSize = batchSize
    self.atStart = atStart
  }

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    everySteps = try container.value(.everySteps, or: everySteps)
    everyEpochs = try container.value(.everyEpochs, or: everyEpochs)
    batchSize = try container.value(.batchSize, or: batchSize)
    atStart = try container.value(.atStart, or: atStart)
  }
}

/// What is saved on the way; `best` and `last` always are.
public struct CheckpointSettings: Codable, Hashable, Sendable {
  /// Steps between saves of `last`; 0 or less: at the ends of epochs alone.
  public var everySteps: Int
  /// Whether each epoch's model is kept too.
  public var keepsEpochs: Bool
  /// Whether the original's `.pt` files are written too: `epoch_latest.pt`, and `epoch{N}.pt` of
  /// epochs that are kept.
  public var pytorch: Bool

  /// `best` and `last` alone.
  public init(everySteps: Int = 0, keepsEpochs: Bool = false, pytorch: Bool = false) {
    self.everySteps = everySteps
    self.keepsEpochs = keepsEpochs
    self.pytorch = pytorch
  }

  private enum CodingKeys: String, CodingKey {
    case everySteps, pytorch
    case keepsEpochs = "keepEpochs"
  }

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    everySteps = try container.value(.everySteps, or: everySteps)
    keepsEpochs = try container.value(.keepsEpochs, or: keepsEpochs)
    pytorch = try container.value(.pytorch, or: pytorch)
  }
}
