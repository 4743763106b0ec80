public import CLIPText

/// One worker's share of one training step: samples, without their pictures' pixels where those are
/// not wanted.
public struct SampleBatch: Sendable {
  /// One text of every row.
  public struct View: Sendable {
    /// Ids of the texts.
    public let ids: [Int64]
    /// The texts as written.
    public let texts: [String]
    /// Their tokens.
    public let tokens: TokenizedTexts
    /// Equal for texts that are equal but for case and outer blanks, on every worker.
    public let keys: [UInt64]
  }

  /// Where in the run the batch is.
  public let place: TrainingPosition
  /// Indices of the samples in their source.
  public let indices: [Int]
  /// Ids of the pictures; empty for texts alone.
  public let imageIDs: [Int64]
  /// The texts of all rows: one view, or several that are all compared with the pictures; none for
  /// pictures alone.
  public let views: [View]
  /// Equal for pictures whose files are equal, on every worker: such pairs are positives of each
  /// other.
  public let imageKeys: [UInt64]
  /// What is known of the pictures, a row each; nil: nothing.
  public let imageLabels: [[Float]]?
  /// What is known of the texts, a row each; nil: nothing.
  public let textLabels: [[Float]]?
  /// What a teacher reads in the first view's place; nil: the view itself.
  public let taught: [String]?
  /// Rows that could not be prepared and hold another sample instead, with the reason.
  public let replacements: [Replacement]
  /// Samples whose pictures are damaged but could be read, with what is wrong with them.
  public let damaged: [Damage]
  /// Width and height of the prepared pictures, in pixels.
  public let imageSize: Int
  /// The prepared pictures: `[batch, imageSize, imageSize, 3]`, RGB, 8 bits, row-major; empty where
  /// there are none.
  public let images: [UInt8]
  /// Seconds that the caller waited for this batch: the step's data time.
  public let dataSeconds: Double

  /// A row that holds another sample than the order says.
  public struct Replacement: Sendable {
    /// The row of the batch.
    public let row: Int
    /// The sample that was meant.
    public let index: Int
    /// Why it could not be used.
    public let reason: String
  }

  /// A sample whose picture is damaged but could be read.
  public struct Damage: Sendable {
    /// The sample.
    public let index: Int
    /// What is wrong with its picture, as a sentence.
    public let reason: String
  }

  /// The number of rows.
  public var count: Int { indices.count }

  /// One sample on its way into a batch.
  package struct Row: Sendable {
    package let index: Int
    package let sample: Sample
    /// Of each of its texts.
    package let tokens: [TokenizedTexts]
    package let imageKey: UInt64?
    /// What was meant, and why it could not be used.
    package let replaced: (index: Int, reason: String)?
    /// What is wrong with its picture, which could be read.
    package let damage: String?

    package init(
      index: Int, sample: Sample, imageKey: UInt64?, tokenizer: any Tokenizer,
      replaced: (index: Int, reason: String)? = nil, damage: String? = nil
    ) {
      self.index = index
      self.sample = sample
      self.imageKey = imageKey
      self.replaced = replaced
      self.damage = damage
      tokens = sample.texts.map { tokenizer([$0.text]) }
    }
  }

  /// Puts rows together.
  ///
  /// - Parameters:
  ///   - rows: with the same parts in every one.
  ///   - place: where in the run they are.
  ///   - source: how messages call where they come from.
  ///   - imageSize: of the pixels.
  ///   - images: the pixels of all rows.
  ///   - seconds: how long they took.
  /// - Throws: ``DataError/invalidSetting(_:)`` where rows have other parts than the first.
  package init(
    _ rows: [Row], at place: TrainingPosition, source: String, imageSize: Int = 0,
    images: [UInt8] = [], seconds: Double = 0
  ) throws(DataError) {
    let samples = rows.map(\.sample)
    func all<Part>(_ name: String, _ part: (Sample) -> Part?) throws(DataError) -> [Part]? {
      let found = samples.compactMap(part)
      guard !found.isEmpty else { return nil }
      guard found.count == samples.count else {
        throw DataError.invalidSetting(
          "\(source) gives \(name) with some samples of a batch and none with others.")
      }
      return found
    }
    let viewCount = samples.first?.texts.count ?? 0
    guard samples.allSatisfy({ $0.texts.count == viewCount }) else {
      throw DataError.invalidSetting(
        "\(source) gives \(viewCount) texts with one sample of a batch and another number with "
          + "others.")
    }
    self.place = place
    indices = rows.map(\.index)
    imageIDs = try all("a picture", \.imageID) ?? []
    imageKeys = rows.compactMap(\.imageKey)
    imageLabels = try all("labels of the picture", \.imageLabels)
    textLabels = try all("labels of the text", \.textLabels)
    taught = try all("a text for the teacher", \.taught)
    views = (0..<viewCount).map { view in
      let texts = samples.map { $0.texts[view] }
      return View(
        ids: texts.map(\.id), texts: texts.map(\.text),
        tokens: .joined(rows.map { $0.tokens[view] }),
        keys: texts.map { CaptionKey.key(of: $0.text) })
    }
    replacements = rows.enumerated().compactMap { number, row in
      row.replaced.map { Replacement(row: number, index: $0.index, reason: $0.reason) }
    }
    damaged = rows.compactMap { row in row.damage.map { Damage(index: row.index, reason: $0) } }
    self.imageSize = imageSize
    self.images = images
    dataSeconds = seconds
  }
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
