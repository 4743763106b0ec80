import CLIPData
import Files
import Foundation

/// What a folder is fetched from and what becomes of its pictures, kept in it: shards of one folder
/// are made alike, or not at all.
struct FetchRecord: Codable, Equatable {
  struct List: Codable, Equatable {
    let name: String
    /// Its size, its beginning and its end.
    let fingerprint: String
  }

  static let name = "fetch.json"

  let lists: [List]
  let columns: ListColumns
  let quoting: String
  let rowsPerShard: Int
  let shardDigits: Int
  let picture: PictureRecipe

  init(_ settings: FetchSettings) throws(FetchError) {
    var lists: [List] = []
    for list in settings.lists {
      lists.append(
        List(name: list.url.lastPathComponent, fingerprint: try list.fingerprint()))
    }
    self.lists = lists
    columns = settings.columns
    quoting = settings.quoting.rawValue
    rowsPerShard = settings.rowsPerShard
    shardDigits = settings.shardDigits
    picture = settings.picture
  }

  /// Compares with what the folder holds, or writes it into a folder that holds nothing.
  func settle(in folder: URL) throws {
    let url = folder.appending(path: Self.name)
    if FileManager.default.fileExists(atPath: url.path) {
      let old: FetchRecord
      do {
        let text = try TextFile(url, maximumSize: TextFile.maximumDocument)
        old = try JSONDecoder().decode(FetchRecord.self, from: text.json)
      } catch {
        throw FetchError.damaged(path: url.path, problem: "it cannot be read")
      }
      let differences = differences(from: old)
      guard differences.isEmpty else {
        throw FetchError.otherRun(path: folder.path, differences: differences)
      }
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = try encoder.encode(self)
    try FetchError.wrapping {
      let file = try AtomicFile(url)
      try file.write(text)
      try file.write("\n")
      try file.commit()
    }
  }

  private func differences(from old: FetchRecord) -> [String] {
    var differences: [String] = []
    if lists.count != old.lists.count {
      differences.append("it had \(old.lists.count) lists, now there are \(lists.count)")
    } else {
      for (new, old) in zip(lists, old.lists) where new.fingerprint != old.fingerprint {
        differences.append("the list \(old.name) is another one now")
      }
    }
    func compare<Value: Equatable>(_ name: String, _ value: KeyPath<FetchRecord, Value>) {
      let (before, now) = (old[keyPath: value], self[keyPath: value])
      if before != now { differences.append("\(name) was \(before), now it is \(now)") }
    }
    compare("the address column", \.columns.address.spelled)
    compare("the caption column", \.columns.caption.spelled)
    compare("no captions", \.columns.hasNoCaptions)
    compare("the further columns", \.columns.others)
    compare("the quoting", \.quoting)
    compare("the rows of a shard", \.rowsPerShard)
    compare("the digits of a shard", \.shardDigits)
    compare("the resize mode", \.picture.resize.rawValue)
    compare("the size", \.picture.size)
    compare("enlarging", \.picture.enlarges)
    compare("the encoding", \.picture.encoding.rawValue)
    compare("the quality", \.picture.quality)
    return differences
  }
}

extension String? {
  fileprivate var spelled: String { self ?? "recognised" }
}
