import Files
import Foundation
import TestSupport
import Testing

@Suite("NumPy files")
struct NumPyTests {
  /// A file as `numpy.save` writes it, version 1.0.
  private func file(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> Data {
    let text = Array((header + "\n").utf8)
    let length = [UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + (version > 1 ? [0, 0] : [])
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + body)
  }

  private let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"

  @Test(
    "what is written is read, in every width", arguments: NumPyElements.allCases)
  func roundTrip(elements: NumPyElements) throws {
    let folder = try TemporaryFolder()
    let place = folder.url.appending(path: "new/m.npy")
    let writer = try NumPyWriter(place, columns: 3, elements: elements, makesFolder: true)
    let rows: [[Float]] = [[0.5, -1, 2], [3, 4.25, -0.125]]
    for row in rows { try writer.write(row) }
    #expect(!FileManager.default.fileExists(atPath: place.path))
    try writer.commit()
    let matrix = try NumPyFile(place)
    #expect(matrix.rows == 2 && matrix.columns == 3 && writer.rows == 2)
    #expect(matrix.row(1) == rows[1])
    #expect(matrix.values() == rows.flatMap(\.self))
  }

  @Test("a matrix without rows is one")
  func empty() throws {
    let folder = try TemporaryFolder()
    let place = folder.url.appending(path: "m.npy")
    try NumPyWriter(place, columns: 512).commit()
    let matrix = try NumPyFile(place)
    #expect(matrix.rows == 0 && matrix.columns == 512 && matrix.values().isEmpty)
    #expect(try Data(contentsOf: place).count == 128)
  }

  @Test("versions 1 to 3 are read", arguments: [1, 2, 3] as [UInt8])
  func versions(version: UInt8) throws {
    let folder = try TemporaryFolder()
    let body: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
    let place = try folder.write(file(header, body, version: version), to: "m.npy")
    #expect(try NumPyFile(place).values() == [1, 2])
  }

  @Test("what is no such matrix, cut off or too long is refused by name")
  func refused() throws {
    let folder = try TemporaryFolder()
    let body = [UInt8](repeating: 0, count: 8)
    func text(_ old: String, _ new: String) -> Data { file(header.replacing(old, with: new), body) }
    let cases: [(Data, String)] = [
      (Data(), "not a NumPy file"), (Data("id\tvector\nnot numpy".utf8), "not a NumPy file"),
      (file(header, body, version: 9), "format 9"), (file(header, body).prefix(40), "cut off"),
      (text("<f4", ">f4"), "little-endian"), (text("<f4", "<i4"), "little-endian"),
      (text("False", "True"), "row after row"), (text("(2, 1)", "(2,)"), "not a matrix"),
      (text("(2, 1)", "(3, 1)"), "it says 3 × 1 numbers, but holds 8 bytes"),
      (text("(2, 1)", "(1, 1)"), "it says 1 × 1 numbers, but holds 8 bytes"),
      (text("(2, 1)", "(999999999999999999, 999999999999999999)"), "it says"),
      (text("(2, 1)", "(2, 0)"), "not a matrix"),
    ]
    for (content, expected) in cases {
      let place = try folder.write(content, to: "m.npy")
      let error = #expect(throws: FileError.self) { try NumPyFile(place) }
      #expect("\(try #require(error))".contains(expected), "\(expected)")
    }
  }
}
