import CLIPImages
package import Files
import Foundation

/// Files of a shard that follow each other and share a name up to the first dot: `000017.jpg` with
/// `000017.txt`.
package struct TarSample: Sendable {
  /// The name up to the dot, folders included.
  package let key: String
  /// Where the first file begins, for messages.
  package let offset: Int
  /// All its files, in their order.
  package private(set) var members: [TarEntry] = []
  /// The last that is a picture, by its ending or its first bytes.
  package private(set) var picture: TarEntry?
  /// The file with the caption: `.txt`, or else `.json`.
  package private(set) var text: TarEntry?

  /// The samples of a shard, complete or not, in their order.
  ///
  /// - Throws: ``DataError/badArchive(path:offset:problem:)``.
  package static func samples(in shard: MappedFile) throws(DataError) -> [TarSample] {
    var samples: [TarSample] = []
    for entry in try TarIndex.entries(of: shard) {
      let slash = entry.name.lastIndex(of: "/").map { entry.name.index(after: $0) }
      let base = slash ?? entry.name.startIndex
      guard let dot = entry.name[base...].firstIndex(of: "."), dot > base else { continue }
      let key = String(entry.name[..<dot])
      let ending = entry.name[entry.name.index(after: dot)...].lowercased()
      if samples.last?.key != key {
        samples.append(TarSample(key: key, offset: entry.range.lowerBound))
      }
      samples[samples.count - 1].add(entry, ending: ending, in: shard)
    }
    return samples
  }

  private init(key: String, offset: Int) {
    self.key = key
    self.offset = offset
  }

  private mutating func add(_ entry: TarEntry, ending: String, in shard: MappedFile) {
    members.append(entry)
    if ending == "txt" || ending == "json" {
      if ending == "txt" || text == nil { text = entry }
    } else if PictureEndings.ends("." + ending), !ending.contains(".") {
      picture = entry
    } else if picture == nil, ImageFormat(signatureOf: shard.bytes(in: entry.range)) != nil {
      picture = entry
    }
  }

  /// Whether a caption's file is JSON.
  package static func isJSON(_ text: TarEntry) -> Bool {
    text.name.lowercased().hasSuffix(".json")
  }

  /// A caption: the text, or the field `caption` or else `text` of its JSON.
  ///
  /// - Throws: ``DataError/badArchive(path:offset:problem:)``.
  package static func caption(
    in range: Range<Int>, isJSON: Bool, of shard: MappedFile
  ) throws(DataError) -> String {
    func fail(_ problem: String) -> DataError {
      .badArchive(path: shard.path, offset: range.lowerBound, problem: problem)
    }
    guard isJSON else {
      let whole = shard.bytes(in: range)
      let hasMark = whole.starts(with: [0xEF, 0xBB, 0xBF])
      let bytes = UnsafeRawBufferPointer(rebasing: whole.dropFirst(hasMark ? 3 : 0))
      guard UTF8Check.firstInvalid(in: bytes) == nil else {
        throw fail("the caption is not UTF-8; \(TextEncoding(of: bytes).advice())")
      }
      return String(decoding: bytes, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let fields: [String: String]
    do { fields = try strings(["caption", "text"], in: range, of: shard) } catch {
      throw fail("the caption's JSON is wrong: \(error)")
    }
    guard let text = fields["caption"] ?? fields["text"] else {
      throw fail("the caption's JSON has no field \"caption\" or \"text\"")
    }
    return text
  }

  /// Fields of a JSON file that are texts, by their names.
  ///
  /// - Throws: `JSONProblem`.
  package static func strings(
    _ names: Set<String>, in range: Range<Int>, of shard: MappedFile
  ) throws -> [String: String] {
    let whole = shard.bytes(in: range)
    let hasMark = whole.starts(with: [0xEF, 0xBB, 0xBF])
    var fields: [String: String] = [:]
    var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: whole.dropFirst(hasMark ? 3 : 0)))
    try scanner.object { key, scanner in
      if names.contains(key), scanner.peek() == UInt8(ascii: "\"") {
        fields[key] = try scanner.string()
      } else {
        try scanner.skip()
      }
    }
    return fields
  }
}
