import Decompression
import Foundation
import Testing

@Suite("Packing")
struct PackingTests {
  /// Made by Python: `gzip.compress` and `pyarrow.compress` of the text.
  private static let text = String(repeating: "一只猫 cat ", count: 40)

  private func bytes(_ base64: String) throws -> [UInt8] {
    Array(try #require(Data(base64Encoded: base64)))
  }

  private func unpack(_ packing: Packing, _ bytes: [UInt8], limit: Int = 1 << 20) throws -> String {
    String(
      decoding: try bytes.withUnsafeBytes { try packing.unpack($0, limit: limit) }, as: UTF8.self)
  }

  private static let packed: [(Packing, String)] = [
    (
      .gzip,
      "H4sIAAAAAAACA3uyo+Fp/6rnPasVkhNLFJ6M8kZ5eHkApbAWhjACAAA="
    ),
    (
      .zstd,
      "KLUv/WAwAa0AAHDkuIDlj6rnjKsgY2F0IAEAH6KaSg=="
    ),
    (
      .snappy,
      "sAQ05LiA5Y+q54yrIGNhdCD+DgD+DgD+DgD+DgD+DgD+DgD+DgD+DgCGDgA="
    ),
  ]

  @Test("gzip, zstd and snappy give back what was packed", arguments: packed)
  func unpacking(packing: Packing, packed: String) throws {
    #expect(try unpack(packing, bytes(packed)) == Self.text)
  }

  @Test("more than was expected is refused before it is kept", arguments: packed)
  func limit(packing: Packing, packed: String) throws {
    #expect(throws: DecompressionError.tooLarge(limit: 100)) {
      try unpack(packing, bytes(packed), limit: 100)
    }
  }

  @Test("what is cut is refused at every length, and changed bytes never trap", arguments: packed)
  func damage(packing: Packing, packed: String) throws {
    let whole = try bytes(packed)
    for length in 1..<whole.count {
      #expect(throws: DecompressionError.self) { try unpack(packing, Array(whole[..<length])) }
    }
    for place in whole.indices {
      var changed = whole
      changed[place] ^= 0xFF
      _ = try? unpack(packing, changed)
    }
  }

  @Test("members of gzip that follow each other are one text")
  func members() throws {
    let member = try bytes(Self.packed[0].1)
    #expect(try unpack(.gzip, member + member + [0, 0, 0]) == Self.text + Self.text)
  }

  @Test("the first bytes tell gzip and zstd")
  func signature() throws {
    for (packing, packed) in Self.packed where packing != .snappy {
      #expect(try bytes(packed).withUnsafeBytes { Packing(signatureOf: $0) } == packing)
    }
    #expect(Array("url,caption".utf8).withUnsafeBytes { Packing(signatureOf: $0) } == nil)
  }
}
