import Foundation
import Parquet
import Testing

@Suite("ParquetFile")
struct ParquetFileTests {
  private static let folder = Bundle.module.bundleURL.appending(path: "Fixtures")

  /// What pyarrow reads: lists of values as texts, and which of them a column of a file has.
  private struct Expected: Decodable {
    let columns: [[String]]
    let files: [String: [String: Int]]
  }

  private static let expected = Result {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
  }

  private static func file(_ name: String) -> URL { folder.appending(path: "\(name).parquet") }

  private static func spelled(_ value: ParquetValue) -> String {
    func hex(_ number: some FixedWidthInteger) -> String {
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
    }
    switch value {
    case .null: return "null"
    case .boolean(let value): return "boolean \(value)"
    case .integer(let value): return "integer \(value)"
    case .unsigned(let value): return "unsigned \(value)"
    case .float(let value): return "float \(hex(value.bitPattern))"
    case .double(let value): return "double \(hex(value.bitPattern))"
    case .text(let value): return "text \(value)"
    case .bytes(let value): return "bytes \(value.map { hex($0) }.joined())"
    }
  }

  @Test("every value of pyarrow's, DuckDB's and polars's files is what pyarrow reads")
  func values() throws {
    let expected = try Self.expected.get()
    #expect(expected.files.count > 15)
    for (name, columns) in expected.files.sorted(by: { $0.key < $1.key }) {
      let file = try ParquetFile(Self.file(name))
      #expect(Set(file.columns.map(\.name)) == Set(columns.keys), "\(name)")
      for column in file.columns {
        let values = expected.columns[try #require(columns[column.name])]
        guard values != ["not read"] else {
          #expect(throws: ParquetError.self, "\(name) \(column.name)") {
            _ = try file.rows(of: [column.name])
          }
          continue
        }
        var rows = try file.rows(of: [column.name])
        var found: [String] = []
        while let row = try rows.next() { found.append(Self.spelled(row[0])) }
        #expect(found == values, "\(name), column \(column.name)")
        #expect(found.count == file.rowCount)
      }
    }
  }

  @Test(
    "rows hold the columns in the order in which they were asked for, and skipping passes over rows"
  )
  func rows() throws {
    let file = try ParquetFile(Self.file("arrow-groups"))
    #expect(file.rowGroupSizes == [20, 20, 10])
    var all = try file.rows(of: ["id", "url"])
    var whole: [[ParquetValue]] = []
    while let row = try all.next() { whole.append(row) }
    #expect(whole[0] == [.integer(1), .text("https://example.org/pictures/0.jpg")])
    for count in [0, 1, 19, 20, 21, 45, 49, 50, 500] {
      var rows = try file.rows(of: ["id", "url"])
      try rows.skip(count)
      #expect(try rows.next() == (count < 50 ? whole[count] : nil), "after \(count)")
    }
  }

  @Test("what a column holds is told, and what is not read is named")
  func kinds() throws {
    let file = try ParquetFile(Self.file("arrow-nested"))
    #expect(
      file.columns.map(\.kind) == [
        .integer, .text, .other("a list or a structure"), .other("a list or a structure"),
        .other("decimal numbers"), .text,
      ])
    let problem = #expect(throws: ParquetError.self) { _ = try file.rows(of: ["boxes"]) }
    #expect(
      problem?.description.hasSuffix(#"the column "boxes" holds a list or a structure."#) == true)
    let unknown = #expect(throws: ParquetError.self) { _ = try file.rows(of: ["URL"]) }
    #expect(
      unknown?.description.hasSuffix(
        #"has no column "URL" among: id, url, boxes, place, price, caption."#) == true)
  }

  @Test("a file that is cut or changed anywhere is read or refused by a sentence, and never traps")
  func damage() throws {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "parquet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: scratch) }
    var refused = 0
    func read(_ bytes: Data) throws {
      try bytes.write(to: scratch)
      do throws(ParquetError) {
        let file = try ParquetFile(scratch)
        for column in file.columns where column.kind != .other("decimal numbers") {
          var rows = try file.rows(of: [column.name])
          for _ in 0..<200 { guard try rows.next() != nil else { break } }
        }
      } catch {
        refused += 1
        #expect(error.description.contains(scratch.path))
      }
    }
    for name in ["arrow-snappy", "arrow-delta", "arrow-zstd-v2"] {
      let bytes = try Data(contentsOf: Self.file(name))
      for length in stride(from: 0, to: bytes.count, by: 401) { try read(bytes.prefix(length)) }
      for place in stride(from: 4, to: bytes.count, by: 67) {
        var changed = bytes
        changed[place] ^= 0x5A
        try read(changed)
      }
    }
    #expect(refused > 50)
  }

  @Test("a page whose checksum is wrong is refused")
  func checksum() throws {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "parquet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let bytes = try Data(contentsOf: Self.file("arrow-groups"))
    var refusals: Set<String> = []
    for place in 30..<300 {
      var changed = bytes
      changed[place] ^= 1
      try changed.write(to: scratch)
      do {
        var rows = try ParquetFile(scratch).rows(of: ["url"])
        while try rows.next() != nil {}
      } catch { refusals.insert("\(error)") }
    }
    #expect(refusals.contains { $0.contains("a page's checksum is wrong") })
  }
}
