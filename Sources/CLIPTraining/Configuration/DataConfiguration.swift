public import CLIPData
import Foundation

/// What is trained and validated on.
public struct DataConfiguration: Codable, Hashable, Sendable {
  /// The pairs to learn from.
  public var train: DataSource
  /// The pairs to measure recall on; nil: recall is not measured.
  public var valid: DataSource?
  /// Whether pictures are cropped, mirrored and changed at random, as with the original's
  /// `--use-augment`.
  public var augments: Bool
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
    augments = false
    spreadsDuplicates = false
    skipsDamaged = false
  }

  private enum CodingKeys: String, CodingKey {
    case train, valid, threads
    case augments = "augment"
    case spreadsDuplicates = "spreadDuplicates"
    case skipsDamaged = "skipDamaged"
  }

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(train: try container.decode(DataSource.self, forKey: .train))
    valid = try container.decodeIfPresent(DataSource.self, forKey: .valid)
    augments = try container.value(.augments, or: augments)
    spreadsDuplicates = try container.value(.spreadsDuplicates, or: spreadsDuplicates)
    skipsDamaged = try container.value(.skipsDamaged, or: skipsDamaged)
    threads = try container.decodeIfPresent(Int.self, forKey: .threads)
  }

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

  /// Names a split.
  public init(path: String, split: String, texts: String? = nil) {
    self.path = path
    self.split = split
    self.texts = texts
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
