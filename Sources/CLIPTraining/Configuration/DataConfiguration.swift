public import CLIPData
public import CLIPImages
import CLIPModels
import Foundation

/// What is trained and validated on.
public struct DataConfiguration: Codable, Hashable, Sendable {
  /// The pairs to learn from.
  public var train: DataSource
  /// The pairs to measure recall on; nil: recall is not measured.
  public var valid: DataSource?
  /// How pictures are cropped, mirrored and changed at random; nil: not at all.
  ///
  /// `true` in a run file is the original's `--use-augment`.
  public var augmentation: AugmentationConfiguration?
  /// Whether pairs with an equal picture or caption are kept out of each other's batches.
  public var spreadsDuplicates: Bool
  /// Whether a broken picture stops the run or is replaced by the next pair.
  public var skipsDamaged: Bool
  /// Threads that prepare pictures; the machine's processors if nil.
  public var threads: Int?

  /// Data with the usual settings.
  public init(train: DataSource, valid: DataSource? = nil) {
    self.train = train
    self.valid = valid
    augmentation = nil
    spreadsDuplicates = false
    skipsDamaged = false
  }

  private enum CodingKeys: String, CodingKey {
    case train, valid, threads
    case augmentation = "augment"
    case spreadsDuplicates = "spreadDuplicates"
    case skipsDamaged = "skipDamaged"
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(train: try container.decode(DataSource.self, forKey: .train))
    valid = try container.decodeIfPresent(DataSource.self, forKey: .valid)
    augmentation = try container.decodeIfPresent(Augment.self, forKey: .augmentation)?.configuration
    spreadsDuplicates = try container.value(.spreadsDuplicates, or: spreadsDuplicates)
    skipsDamaged = try container.value(.skipsDamaged, or: skipsDamaged)
    threads = try container.decodeIfPresent(Int.self, forKey: .threads)
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(train, forKey: .train)
    try container.encodeIfPresent(valid, forKey: .valid)
    try container.encode(Augment(configuration: augmentation), forKey: .augmentation)
    try container.encode(spreadsDuplicates, forKey: .spreadsDuplicates)
    try container.encode(skipsDamaged, forKey: .skipsDamaged)
    try container.encodeIfPresent(threads, forKey: .threads)
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
}

/// One split of one data set.
public struct DataSource: Codable, Hashable, Sendable {
  /// The folder; `$NAME` and `${NAME}` stand for environment variables.
  public var path: String
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

  /// Opens the data set as samples, with their labels if it names a file of them.
  ///
  /// - Throws: as ``open(policy:)``.
  func samples(policy: DamagePolicy) throws -> any SampleSource {
    let drawn: any SampleSource
    switch samples {
    case nil: drawn = PairedSamples(try open(policy: policy))
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
    let folder = try Self.expanded(path)
    guard let texts else {
      return try DatasetLocation.find(folder, split: split).open(policy: policy)
    }
    let url = URL(filePath: folder)
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
