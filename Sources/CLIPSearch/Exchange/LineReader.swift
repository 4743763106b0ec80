import Foundation

/// The lines of a file that may be larger than memory, with their numbers.
struct LineReader: Sequence, IteratorProtocol {
  private let data: Data
  private var position: Data.Index
  private(set) var line = 0

  init(path: String) throws(SearchError) {
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .importFile(path: path, line: nil, problem: "it cannot be read")
    }
    position = data.startIndex
  }

  /// The next line that is not blank, with its number.
  mutating func next() -> (line: Int, bytes: Data)? {
    while position < data.endIndex {
      let end = data[position...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      let bytes = data[position..<end]
      position = end < data.endIndex ? end + 1 : end
      line += 1
      if bytes.contains(where: { $0 > 32 }) { return (line, bytes) }
    }
    return nil
  }

  /// Up to `count` lines.
  mutating func next(_ count: Int) -> [(line: Int, bytes: Data)] {
    var lines: [(line: Int, bytes: Data)] = []
    while lines.count < count, let line = next() { lines.append(line) }
    return lines
  }
}
