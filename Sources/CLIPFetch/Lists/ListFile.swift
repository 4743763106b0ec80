import CLIPData
import Decompression
import Files
package import Foundation

/// A list of addresses on the disk: CSV, TSV, JSON lines, plain lines or Parquet, as it is or packed
/// by gzip or zstd.
package struct ListFile: Sendable {
  /// How the rows are written.
  package enum Form: String, Sendable, CaseIterable {
    case csv, tsv, jsonl, txt, parquet
  }

  /// Where it lies.
  package let url: URL
  /// How its rows are written.
  package let form: Form
  private let packing: Packing?

  /// Lists of addresses become a twentieth of their size, at best.
  private static let largestExpansion = 200
  private static let endings: [String: Form] = [
    "csv": .csv, "tsv": .tsv, "tab": .tsv, "jsonl": .jsonl, "ndjson": .jsonl, "json": .jsonl,
    "txt": .txt, "parquet": .parquet, "parq": .parquet,
  ]

  /// Recognises a list by its name and its first bytes.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - form: how its rows are written; nil: as its name says.
  /// - Throws: ``FetchError``.
  package init(_ url: URL, form: Form? = nil) throws(FetchError) {
    self.url = url
    let head: [UInt8]
    do {
      let file = try MappedFile(url)
      head = withExtendedLifetime(file) { Array(file.bytes.prefix(4)) }
    } catch { throw FetchError(error) }
    packing = head.withUnsafeBytes { Packing(signatureOf: $0) }
    var name = url.lastPathComponent.lowercased()
    if packing != nil, let dot = name.lastIndex(of: ".") { name = String(name[..<dot]) }
    let ending = name.split(separator: ".").last.map(String.init) ?? ""
    let told: Form? = head.starts(with: Array("PAR1".utf8)) ? .parquet : Self.endings[ending]
    guard let form = form ?? told else {
      throw .badList(
        path: url.path,
        problem: "its name does not tell what it is; end it in .csv, .tsv, .jsonl, .txt or .parquet"
      )
    }
    self.form = form
  }

  /// All lists that arguments name: files, and of folders the lists in them.
  ///
  /// - Throws: ``FetchError``.
  package static func all(_ paths: [String]) throws(FetchError) -> [ListFile] {
    var lists: [ListFile] = []
    for path in paths {
      let url = URL(filePath: path)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
        isFolder.boolValue
      else {
        lists.append(try ListFile(url))
        continue
      }
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
        throw .badList(path: path, problem: SystemError.reason(error))
      }
      let found = names.filter { name in
        let parts = name.lowercased().split(separator: ".").map(String.init)
        return !name.hasPrefix(".")
          && parts.suffix(2).contains { endings[$0] != nil && parts.count > 1 }
      }
      guard !found.isEmpty else { throw .badList(path: path, problem: "the folder has no lists") }
      for name in found { lists.append(try ListFile(url.appending(path: name))) }
    }
    return lists
  }

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - columns: which columns.
  ///   - quoting: how a table's fields are quoted.
  ///   - scratch: a folder for what a packed list unpacks to; it is removed at once, and its place is
  ///     given back when the reading ends.
  /// - Returns: the rows, before the first.
  /// - Throws: ``FetchError``, `DataError`, `ParquetError`.
  func reader(
    _ columns: ListColumns, quoting: TableQuoting, scratch: URL
  ) throws -> any ListReader {
    let unpacked = try packing.map { try unpack($0, into: scratch) }
    defer { if let unpacked { unlink(unpacked.path) } }
    let source = unpacked ?? url
    if form == .parquet { return try ParquetList(source, columns: columns) }
    let file: MappedFile
    do { file = try MappedFile.text(source) } catch { throw FetchError(error) }
    switch form {
    case .csv, .tsv:
      return try TableList(
        file, path: url.path, delimiter: form == .tsv ? 0x09 : UInt8(ascii: ","),
        quoting: quoting, columns: columns)
    case .jsonl: return try JSONList(file, path: url.path, columns: columns)
    case .txt, .parquet: return AddressList(file)
    }
  }

  private func unpack(_ packing: Packing, into scratch: URL) throws -> URL {
    let place = scratch.appending(path: ".list-\(UUID().uuidString)")
    do {
      let packed = try MappedFile(url)
      let file = try AtomicFile(place, makesFolder: true)
      let limit = max(1 << 26, Self.largestExpansion * packed.count)
      var count = 0
      try withExtendedLifetime(packed) {
        try packing.stream(packed.bytes) {
          count += $0.count
          guard count <= limit else {
            throw FetchError.badList(
              path: url.path,
              problem: "it unpacks to more than \(Self.largestExpansion) times its size, which no "
                + "list of addresses does; unpack it yourself if it is one")
          }
          try file.write($0)
        }
      }
      try file.commit(isDurable: false)
    } catch let error as FileError { throw FetchError(error) } catch let error as DecompressionError
    {
      throw FetchError.badList(path: url.path, problem: "\(error)")
    }
    return place
  }

  /// Tells whether a list is the one that it was: its size, its beginning and its end.
  package func fingerprint() throws(FetchError) -> String {
    let file: MappedFile
    do { file = try MappedFile(url) } catch { throw FetchError(error) }
    let piece = 1 << 16
    let (head, tail) = withExtendedLifetime(file) {
      (
        StableHash.hash(Data(file.bytes.prefix(piece))),
        StableHash.hash(Data(file.bytes.suffix(piece)))
      )
    }
    return "\(file.count)-\(String(head, radix: 36))-\(String(tail, radix: 36))"
  }
}
