import CLIPData
import Foundation
import TestSupport
import Testing

struct LMDBDatasetTests {
  private let directory = Fixture.url("lmdb/tiny")

  @Test("an environment of the original's script holds what its source files hold")
  func equalsSource() throws {
    let database = try LMDBDataset(directory)
    let source = try TSVDataset(directory: Fixture.directory, split: "tiny")
    #expect(database.pairCount == source.pairCount)
    for index in 0..<source.pairCount {
      #expect(try database.pair(at: index) == source.pair(at: index))
    }
    #expect(try database.imageIDs() == [-3, 10, 100, 2_147_483_648, 7_454_547_004, 9])
    for id in source.imageIDs() {
      #expect(try database.imageData(for: id) == source.imageData(for: id))
    }
    let withPictures = try source.captions().filter { !$0.imageIDs.isEmpty }
    #expect(try database.captions() == withPictures)
  }

  @Test("unknown ids and indices are errors")
  func unknown() throws {
    let database = try LMDBDataset(directory)
    #expect(throws: DataError.self) { try database.imageData(for: 11) }
    #expect(throws: DataError.self) { try database.pair(at: database.pairCount) }
  }

  @Test("a truncated file is refused at every length")
  func truncated() throws {
    for name in ["pairs", "imgs"] {
      let data = try Data(
        contentsOf: directory.appendingPathComponent(name).appendingPathComponent("data.mdb"))
      for count in [0, 1, 100, 4096, 4200, 8192, 12288, data.count - 1] {
        let folder = try TemporaryFolder()
        let file = try folder.write(data.prefix(count), to: "data.mdb")
        #expect(throws: DataError.self, "\(name), \(count) bytes") { try LMDBReader(file) }
      }
    }
  }

  @Test("changed bytes are an error or another value, never a crash")
  func damaged() throws {
    let original = try Data(contentsOf: directory.appendingPathComponent("pairs/data.mdb"))
    var random = SystemRandomNumberGenerator()
    for _ in 0..<400 {
      var data = original
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        // Headers and the ends of pages, where the structure is, more often than the rest.
        let page = Int.random(in: 0..<data.count / 4096, using: &random) * 4096
        let offset = Int.random(in: 0..<(Bool.random(using: &random) ? 160 : 4096), using: &random)
        data[page + offset] = UInt8.random(in: 0...255, using: &random)
      }
      let folder = try TemporaryFolder()
      let file = try folder.write(data, to: "data.mdb")
      guard let reader = try? LMDBReader(file) else { continue }
      var count = 0
      do {
        try reader.forEachEntry { key, value in count += key.count + value.count }
        for index in 0..<20 { count += try reader.withValue(forKey: "\(index)") { $0.count } ?? 0 }
      } catch {
        #expect(error is DataError)
      }
    }
  }

  @Test("other files are refused")
  func otherFiles() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Data(repeating: 7, count: 20_000), to: "data.mdb")
    #expect {
      try LMDBReader(file)
    } throws: {
      "\($0)".contains("do not begin as LMDB's do")
    }
  }
}
