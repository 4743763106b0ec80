package import Files
package import Foundation

/// Pictures in lines `id<TAB>base64`, as in Chinese-CLIP's `{split}_imgs.tsv`, with random access by id.
package final class TSVImageFile: Sendable {
  /// Ids in the order of the file, each once.
  package let ids: [Int64]
  /// Lines that were left out; empty under ``DamagePolicy/fail``.
  package let problems: [DataError]

  private let file: MappedFile
  private let offsets: [Int]
  private let table: IdentifierTable

  /// Opens a file and keeps where each line starts.
  ///
  /// A picture that stands in the file twice is one picture. Two different pictures under one id are an
  /// error; under ``DamagePolicy/skip`` the last one counts, as in the original.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - policy: what to do with wrong lines.
  /// - Throws: ``DataError`` with the line.
  package init(_ url: URL, policy: DamagePolicy = .fail) throws {
    let file = try DataError.wrapping { try MappedFile.text(url) }
    var problems: [DataError] = []
    var ids: [Int64] = []
    var offsets: [Int] = []
    try file.forEachLine { line in
      do {
        ids.append(try Self.columns(of: line.range, in: file).id.number(field: "the picture's id"))
        offsets.append(line.range.lowerBound)
      } catch {
        let problem = DataError(error, path: file.path, line: line.number)
        if policy == .fail { throw problem }
        problems.append(problem)
      }
    }
    guard ids.count < Int(UInt32.max) else {
      throw DataError.unreadable(path: file.path, reason: "it has more than 4 billion lines")
    }
    var table = IdentifierTable(ids)
    var repeated = Set<Int>()
    try table.forEachDuplicate { first, second in
      repeated.insert(first)
      let pictures = try [first, second].map {
        try Self.columns(of: file.line(from: offsets[$0]), in: file).base64
      }
      guard !file.bytes(in: pictures[0]).elementsEqual(file.bytes(in: pictures[1])) else { return }
      let problem = DataError.conflictingImages(
        path: file.path, id: ids[first], firstLine: file.lineNumber(at: offsets[first]),
        secondLine: file.lineNumber(at: offsets[second]))
      if policy == .fail { throw problem }
      problems.append(problem)
    }
    if !repeated.isEmpty {
      offsets = offsets.indices.filter { !repeated.contains($0) }.map { offsets[$0] }
      ids = ids.indices.filter { !repeated.contains($0) }.map { ids[$0] }
      table = IdentifierTable(ids)
    }
    self.file = file
    self.ids = ids
    self.offsets = offsets
    self.table = table
    self.problems = problems
  }

  /// Whether there is a picture with this id.
  package func contains(_ id: Int64) -> Bool { table.place(of: id) != nil }

  /// The encoded bytes of a picture.
  ///
  /// - Throws: ``DataError/unknownImage(id:source:)``, ``DataError/badLine(path:line:problem:)``.
  package func imageData(for id: Int64) throws -> Data {
    guard let place = table.place(of: id) else {
      throw DataError.unknownImage(id: id, source: file.path)
    }
    let offset = offsets[place]
    let base64 = try Self.columns(of: file.line(from: offset), in: file).base64
    guard let decoded = Base64.decode(file.bytes(in: base64)) else {
      throw DataError.badLine(
        path: file.path, line: file.lineNumber(at: offset),
        problem: "the base64 text of picture \(id) is cut off or empty")
    }
    return decoded.data
  }

  /// The two columns of a line.
  ///
  /// - Throws: ``TSVProblem``.
  package static func columns(
    of line: Range<Int>, in file: MappedFile
  ) throws -> (id: RawIdentifier, base64: Range<Int>) {
    guard let tab = file.offset(of: 0x09, in: line) else { throw TSVProblem.columns }
    let base64 = (tab + 1)..<line.upperBound
    guard file.offset(of: 0x09, in: base64) == nil else { throw TSVProblem.columns }
    return (RawIdentifier(file.bytes(in: line.lowerBound..<tab)), base64)
  }
}

/// What is wrong with a line of a TSV file.
package enum TSVProblem: Error, CustomStringConvertible {
  case columns

  package var description: String {
    "expected two columns, a picture's id and its base64 text, with one tab between them"
  }
}
