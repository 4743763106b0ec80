public import CLIPData
public import CLIPImages
import CLIPModels
import Foundation

/// What is trained and validated on.
public struct DataConfiguration: Codable, Hashable, Sendable {
  /// The pairs to learn from.
  public var train: DataSource
  /// Further sources that are mixed with ``train``, each by its weight; `train` is a list in a run file.
  public var mixed: [DataSource]
  /// The pairs to measure recall on; nil: recall is not measured.
  public var valid: DataSource?
  /// How pictures are cropped, mirrored and changed at random; nil: not at all.
  ///
  /// `true` in a run file is the original's `--use-augment`.
  public var augmentation: AugmentationConfiguration?
  /// Whether pairs with an equal picture or caption are kept out of each other's batches.
  public var spreadsDuplicates: Bool
  /// Pairs of shards that are mixed with each other; only shards are not mixed as a whole.
  public var shuffleBuffer: Int
  /// Whether a broken picture stops the run or is replaced by the next pair.
  public var skipsDamaged: Bool
  /// Threads that prepare pictures; the machine's processors if nil.
  public var threads: Int?

  /// Data with the usual settings.
  public init(train: DataSource, valid: DataSource? = nil) {
    self.train = train
    mixed = []
    self.valid = valid
    shuffleBuffer = ShardedSamples.defaultBuffer
    augmentation = nil
    spreadsDuplicates = false
    skipsDamaged = false
  }

  private enum CodingKeys: String, CodingKey {
    case train, valid, threads, shuffleBuffer
    case augmentation = "augment"
    case spreadsDuplicates = "spreadDuplicates"
    case skipsDamaged = "skipDamaged"
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let sources = try container.decode(Sources.self, forKey: .train).sources
    self.init(train: sources[0])
    mixed = Array(sources.dropFirst())
    shuffleBuffer = try container.value(.shuffleBuffer, or: shuffleBuffer)
    valid = try container.decodeIfPresent(DataSource.self, forKey: .valid)
    augmentation = try container.decodeIfPresent(Augment.self, forKey: .augmentation)?.configuration
    spreadsDuplicates = try container.value(.spreadsDuplicates, or: spreadsDuplicates)
    skipsDamaged = try container.value(.skipsDamaged, or: skipsDamaged)
    threads = try container.decodeIfPresent(Int.self, forKey: .threads)
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Sources(sources: [train] + mixed), forKey: .train)
    try container.encode(shuffleBuffer, forKey: .shuffleBuffer)
    try container.encodeIfPresent(valid, forKey: .valid)
    try container.encode(Augment(configuration: augmentation), forKey: .augmentation)
    try container.encode(spreadsDuplicates, forKey: .spreadsDuplicates)
    try container.encode(skipsDamaged, forKey: .skipsDamaged)
    try container.encodeIfPresent(threads, forKey: .threads)
  }

  /// One source, or a list of them.
  private struct Sources: Codable {
    let sources: [DataSource]

    init(sources: [DataSource]) { self.sources = sources }

    init(from decoder: any Decoder) throws {
      guard var list = try? decoder.unkeyedContainer() else {
        sources = [try DataSource(from: decoder)]
        return
      }
      var sources: [DataSource] = []
      while !list.isAtEnd { sources.append(try list.decode(DataSource.self)) }
      guard !sources.isEmpty else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "the list has no source"))
      }
      self.sources = sources
    }

    func encode(to encoder: any Encoder) throws {
      guard sources.count > 1 else { return try sources[0].encode(to: encoder) }
      var container = encoder.singleValueContainer()
      try container.encode(sources)
    }
  }

  /// `true`, `false`, or the numbers.
  private struct Augment: Codable {
    var configuration: AugmentationConfiguration?

    init(configuration: AugmentationConfiguration?) {
      self.configuration = configuration
    }

    init(from decoder: any Decoder) throws {
      if let isWanted = try? decoder.singleValueContainer().decode(Bool.self) {
        configuration = isWanted ? .chineseCLIP : nil
      } else {
        configuration = try AugmentationConfiguration(from: decoder)
      }
    }

    func encode(to encoder: any Encoder) throws {
      guard let configuration, encoder.writesEveryKey || configuration != .chineseCLIP else {
        var container = encoder.singleValueContainer()
        return try container.encode(configuration != nil)
      }
      try configuration.encode(to: encoder)
    }
  }

  /// For a program that hands its own samples to ``Trainer``: there is nothing to open.
  public static let handedIn = DataConfiguration(train: DataSource(path: "", split: ""))

  var damagePolicy: DamagePolicy { skipsDamaged ? .skip : .fail }

  /// Opens what is learned from, several sources as one.
  ///
  /// - Throws: `DataError`, ``TrainingError``.
  func samples() throws -> any SampleSource {
    // Whoever keeps duplicates apart must look at all pairs at once.
    let buffer = spreadsDuplicates ? nil : shuffleBuffer
    let sources = try ([train] + mixed).map { source in
      (
        samples: try source.samples(policy: damagePolicy, buffer: buffer),
        weight: source.weight ?? 1
      )
    }
    return sources.count == 1 ? sources[0].samples : try MixedSamples(sources)
  }
}

/// One split of one data set.
public struct DataSource: Codable, Hashable, Sendable {
  /// The folder, a shard, or a pattern of shards (`{00000..00123}.tar`, `*.tar`); `$NAME` and `${NAME}`
  /// stand for environment variables.
  public var path: String
  /// Further places whose shards follow; `path` is a list in a run file.
  public var morePaths: [String] = []
  /// How often its pairs are drawn, compared with those of a source of weight 1; nil: 1.
  public var weight: Double?
  /// `train`, `valid`, `test` or any other name.
  public var split: String
  /// Another file of captions for the same pictures, beside `{split}_imgs.tsv`.
  public var texts: String?
  /// A file of what is known of pictures and texts, `{"image_id": …, "labels": […]}` and
  /// `{"text_id": …, "labels": […]}` a line.
  public var labels: String?

  /// How samples are drawn; nil: the pairs as they are.
  public var samples: Samples?

  /// How samples are drawn from a data set.
  public enum Samples: Codable, Hashable, Sendable {
    /// Every picture with any text; `labels` say what fits. An epoch has so many samples, or one of
    /// each picture; texts may come a second time, a little altered.
    case unpaired(epoch: Int? = nil, altersText: Bool = false)
    /// Every picture with one of its own texts, a sentence of its report, drawn anew in every epoch.
    case drawnTexts(altersText: Bool = false)
    /// A caption is a class; with a file of its sentences, if it is called in several ways.
    case prototypes(sentences: String?)
    /// No pictures: `texts` has texts with what a teacher reads in their place.
    case parallelTexts

    private struct Sentences: Codable { var sentences: String }
    private struct Draws: Codable {
      var epoch: Int?
      var altersText: Bool?
    }

    /// Reads `"unpaired"`, `{"unpaired": {"epoch": 20000, "alters_text": true}}`, `"drawn_texts"`,
    /// `{"prototypes": {"sentences": "names.jsonl"}}` and the like.
    public init(from decoder: any Decoder) throws {
      let choice = try Choice(from: decoder, of: "samples")
      switch choice.name {
      case "unpaired":
        let draws = try choice.numbersIfPresent(Draws.self)
        self = .unpaired(epoch: draws?.epoch, altersText: draws?.altersText ?? false)
      case "drawn_texts", "drawnTexts":
        self = .drawnTexts(altersText: try choice.numbersIfPresent(Draws.self)?.altersText ?? false)
      case "prototypes":
        self = .prototypes(sentences: try choice.numbersIfPresent(Sentences.self)?.sentences)
      case "parallel_texts": self = .parallelTexts
      default:
        throw choice.unknown(known: "unpaired", "drawn_texts", "prototypes", "parallel_texts")
      }
    }

    /// Writes the same form.
    public func encode(to encoder: any Encoder) throws {
      switch self {
      case .unpaired(nil, false): try encoder.encodeChoice("unpaired")
      case .unpaired(let epoch, let altersText):
        try encoder.encodeChoice("unpaired", Draws(epoch: epoch, altersText: altersText))
      case .drawnTexts(false): try encoder.encodeChoice("drawn_texts")
      case .drawnTexts(true):
        try encoder.encodeChoice("drawn_texts", Draws(altersText: true))
      case .prototypes(nil): try encoder.encodeChoice("prototypes")
      case .prototypes(let file?):
        try encoder.encodeChoice("prototypes", Sentences(sentences: file))
      case .parallelTexts: try encoder.encodeChoice("parallel_texts")
      }
    }
  }

  /// Names a split.
  public init(
    path: String, split: String, texts: String? = nil, labels: String? = nil,
    samples: Samples? = nil
  ) {
    self.path = path
    self.split = split
    self.texts = texts
    self.labels = labels
    self.samples = samples
  }

  private enum CodingKeys: String, CodingKey {
    case path, split, weight, texts, labels, samples
  }

  /// Reads the configuration's form, whose `path` is a text or a list.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let paths: [String]
    do {
      paths = [try container.decode(String.self, forKey: .path)]
    } catch DecodingError.typeMismatch(_, _) {
      paths = try container.decode([String].self, forKey: .path)
    }
    guard let first = paths.first else {
      throw DecodingError.dataCorruptedError(
        forKey: .path, in: container, debugDescription: "the list names no place")
    }
    self.init(path: first, split: try container.decode(String.self, forKey: .split))
    morePaths = Array(paths.dropFirst())
    weight = try container.decodeIfPresent(Double.self, forKey: .weight)
    texts = try container.decodeIfPresent(String.self, forKey: .texts)
    labels = try container.decodeIfPresent(String.self, forKey: .labels)
    samples = try container.decodeIfPresent(Samples.self, forKey: .samples)
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if morePaths.isEmpty {
      try container.encode(path, forKey: .path)
    } else {
      try container.encode([path] + morePaths, forKey: .path)
    }
    try container.encode(split, forKey: .split)
    try container.encodeIfPresent(weight, forKey: .weight)
    try container.encodeIfPresent(texts, forKey: .texts)
    try container.encodeIfPresent(labels, forKey: .labels)
    try container.encodeIfPresent(samples, forKey: .samples)
  }

  /// Where the data lies.
  private func location() throws -> DatasetLocation {
    let first = try DatasetLocation.find(Self.expanded(path), split: split)
    guard !morePaths.isEmpty else { return first }
    var shards: [URL] = []
    for path in [path] + morePaths {
      guard case .shards(let found) = try DatasetLocation.find(Self.expanded(path), split: split)
      else {
        throw TrainingError.setting(
          key: "data.train.path", problem: "may be a list of shards only, and \(path) holds none")
      }
      shards += found
    }
    return .shards(shards)
  }

  /// The pairs as they are, of shards those that are drawn from alone.
  private func paired(_ policy: DamagePolicy, _ buffer: Int?) throws -> any SampleSource {
    if texts == nil, let buffer, case .shards(let shards) = try location() {
      return try ShardedSamples(shards: shards, buffer: buffer)
    }
    return PairedSamples(try open(policy: policy))
  }

  /// Opens the data set as samples, with their labels if it names a file of them.
  ///
  /// - Parameters:
  ///   - policy: what to do with what is damaged.
  ///   - buffer: pairs of shards that are mixed with each other; nil: all pairs are, and are opened.
  /// - Returns: what is drawn from.
  /// - Throws: as ``open(policy:)``.
  func samples(policy: DamagePolicy, buffer: Int?) throws -> any SampleSource {
    let drawn: any SampleSource
    switch samples {
    case nil: drawn = try paired(policy, buffer)
    case .unpaired(let epoch, let altersText):
      drawn = try UnpairedSamples(open(policy: policy), epoch: epoch, altersText: altersText)
    case .drawnTexts(let altersText):
      drawn = try DrawnTextSamples(open(policy: policy), altersText: altersText)
    case .prototypes(let sentences):
      drawn = try PrototypeSamples(
        open(policy: policy), sentences: sentences.map { URL(filePath: try Self.expanded($0)) })
    case .parallelTexts:
      guard let texts else {
        throw TrainingError.setting(
          key: "data.train.texts", problem: "must name the file of the parallel texts")
      }
      drawn = try ParallelTextSamples(URL(filePath: Self.expanded(path)).appending(path: texts))
    }
    guard let labels else { return drawn }
    return try LabelledSamples(drawn, labels: URL(filePath: Self.expanded(labels)))
  }

  /// Opens the data set.
  ///
  /// - Throws: `DataError`, and ``TrainingError/setting(key:problem:)`` for a variable that is not
  ///   set.
  public func open(policy: DamagePolicy) throws -> any PairDataset {
    guard let texts else { return try location().open(policy: policy) }
    let url = URL(filePath: try Self.expanded(path))
    return try TSVDataset(
      images: url.appending(path: "\(split)_imgs.tsv"), texts: url.appending(path: texts),
      policy: policy)
  }

  /// A path with its environment variables replaced.
  static func expanded(_ path: String) throws -> String {
    var result = path
    while let match = result.firstMatch(of: /\$(?:\{(\w+)\}|(\w+))/) {
      let name = String(match.1 ?? match.2 ?? "")
      guard let value = ProcessInfo.processInfo.environment[name], !value.contains("$") else {
        throw TrainingError.setting(
          key: path, problem: "names the environment variable \(name), which is not set")
      }
      result.replaceSubrange(match.range, with: value)
    }
    return result
  }
}
