public import CLIPText

/// One worker's share of one training step.
public struct PairBatch: Sendable {
  /// The epoch, counted from 0.
  public let epoch: Int
  /// The step within the epoch, counted from 0.
  public let step: Int
  /// Indices of the pairs in the data set.
  public let pairs: [Int]
  /// Ids of the pictures.
  public let imageIDs: [Int64]
  /// Ids of the texts.
  public let textIDs: [Int64]
  /// Width and height of the prepared pictures, in pixels.
  public let imageSize: Int
  /// The prepared pictures: `[batch, imageSize, imageSize, 3]`, RGB, 8 bits, row-major.
  public let images: [UInt8]
  /// The texts' tokens.
  public let tokens: TokenizedTexts
  /// Equal for pictures whose files are equal, on every worker: such pairs are positives of each other.
  public let imageKeys: [UInt64]
  /// Equal for captions that are equal but for case and outer blanks, on every worker.
  public let textKeys: [UInt64]
  /// Rows that could not be prepared and hold another pair instead, with the reason.
  public let replacements: [Replacement]
  /// Seconds that the caller waited for this batch: the step's data time.
  public let dataSeconds: Double

  /// A row that holds another pair than the order says.
  public struct Replacement: Sendable {
    /// The row of the batch.
    public let row: Int
    /// The pair that was meant.
    public let pair: Int
    /// Why it could not be used.
    public let reason: String
  }

  /// Number of rows.
  public var count: Int { pairs.count }
}

/// A place in a training run, between two steps.
public struct TrainingPosition: Sendable, Hashable, Codable {
  /// The epoch, counted from 0.
  public var epoch: Int
  /// The next step within the epoch, counted from 0.
  public var step: Int

  /// Makes a position.
  public init(epoch: Int = 0, step: Int = 0) {
    self.epoch = epoch
    self.step = step
  }
}
