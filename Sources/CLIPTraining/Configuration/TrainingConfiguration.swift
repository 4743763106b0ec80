public import CLIPModels
public import Foundation

/// Everything that a training run depends on; one JSON file, copied into the run folder before the
/// first step and enough to repeat the run.
///
/// Keys are in snake case, what is left out has the defaults below, and an unknown key is an error.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
  /// What the model is called when it is done.
  public var name: String
  /// Of the order of samples, augmentation, dropout, masking and random starts.
  public var seed: UInt64
  /// What training starts from.
  public var model: ModelStart
  /// What is trained and validated on.
  public var data: DataConfiguration
  /// What is minimised.
  public var objective: ObjectiveConfiguration
  /// What is learned, how fast and for how long, one after another.
  public var stages: [StageConfiguration]
  /// How exactly the networks compute; weights and optimiser are always `float32`.
  public var precision: Precision
  /// `auto`, `cpu`, `cuda` or `cuda:N`.
  public var device: String
  /// How recall is measured on the way.
  public var evaluation: EvaluationSettings
  /// What is saved on the way.
  public var checkpoints: CheckpointSettings
  /// Steps between log lines; 0 or less: none.
  public var logInterval: Int
  /// How much of a moving average of the weights a step keeps; nil: there is none.
  ///
  /// If there is one,
  /// it is what is evaluated and saved as the best model.
  public var movingAverage: Double?
  /// What happens when a loss or gradient is not a number.
  public var nonFinite: NonFinitePolicy
  /// Steps in a row that may change nothing, since their numbers are none, before the run stops.
  public var nonFiniteLimit: Int

  /// What happens when a loss or gradient is not a number.
  public enum NonFinitePolicy: String, Codable, Hashable, Sendable {
    /// The batch is named in the log and changes nothing; after several in a row the run stops.
    case skip
    /// The run stops and names the batch.
    case stop
  }

  /// A run with the usual settings.
  public init(model: ModelStart, data: DataConfiguration, stages: [StageConfiguration]) {
    name = "train"
    seed = 123
    self.model = model
    self.data = data
    objective = ObjectiveConfiguration()
    self.stages = stages
    precision = .automatic
    device = "auto"
    evaluation = EvaluationSettings()
    checkpoints = CheckpointSettings()
    logInterval = 10
    movingAverage = nil
    nonFinite = .skip
    nonFiniteLimit = 5
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      model: try container.value(.model, or: ModelStart()),
      data: try container.decode(DataConfiguration.self, forKey: .data),
      stages: try container.decode([StageConfiguration].self, forKey: .stages))
    name = try container.value(.name, or: name)
    seed = try container.value(.seed, or: seed)
    objective = try container.value(.objective, or: objective)
    precision = try container.value(.precision, or: precision)
    device = try container.value(.device, or: device)
    evaluation = try container.value(.evaluation, or: evaluation)
    checkpoints = try container.value(.checkpoints, or: checkpoints)
    logInterval = try container.value(.logInterval, or: logInterval)
    movingAverage = try container.decodeIfPresent(Double.self, forKey: .movingAverage)
    nonFinite = try container.value(.nonFinite, or: nonFinite)
    nonFiniteLimit = try container.value(.nonFiniteLimit, or: nonFiniteLimit)
  }

  /// Reads and checks a run file.
  ///
  /// - Parameters:
  ///   - data: the JSON.
  ///   - file: how messages call it.
  /// - Throws: `ModelError/configuration(file:problem:)` or ``TrainingError/setting(key:problem:)``.
  public init(json data: Data, file: String) throws {
    self = try ConfigurationFile.decode(Self.self, from: data, file: file)
    try validate()
  }

  /// The JSON file with every key, sorted.
  public func json() throws -> Data {
    try ConfigurationFile.encode(self)
  }
}
