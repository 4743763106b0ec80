import Foundation

/// SentencePiece's table of what is replaced by what, as `Precompiled` in `tokenizer.json` has it: a
/// double array (Darts) over UTF-8, and the replacements.
struct PrecompiledCharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// Where in `parts` the replacement of a code point that stands alone begins.
  private var starts = ScalarTable()
  /// Each replacement is its length, then its code points.
  private var parts: [UInt32] = [0]
  private let breaks: GraphemeBreaks

  /// Longer clusters are not looked up as a whole.
  private static let longestCluster = 6

  /// Bytes of the longest replacement; that of U+FDFA has 33.
  private static let longestReplacement = 256

  /// - Parameters:
  ///   - base64: The table as the file has it.
  ///   - facts: What is known of code points.
  /// - Throws: ``TokenizerProblem`` for what is no such table.
  init(base64: String, _ facts: ScalarFacts = .shared) throws(TokenizerProblem) {
    let problem = TokenizerProblem("the table of the normalizer Precompiled is damaged")
    guard let data = Data(base64Encoded: base64), data.count >= 4 else { throw problem }
    func word(at place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(data[place + $1]) << (8 * UInt32($1)) }
    }
    let size = Int(word(at: 0))
    guard size % 4 == 0, size >= 4, size <= data.count - 4 else { throw problem }
    units = (0..<size / 4).map { word(at: 4 + 4 * $0) }
    replacements = Array(data[(4 + size)...])
    guard String(validating: replacements, as: UTF8.self) != nil,
      replacements.split(separator: 0).allSatisfy({ $0.count <= Self.longestReplacement })
    else { throw problem }
    breaks = GraphemeBreaks(facts)
    collect()
  }

  /// Follows the array for every code point that it may have.
  private mutating func collect() {
    for lead in UInt8(1)...0xF4 where lead < 0x80 || lead >= 0xC2 {
      guard let node = step(from: root, by: lead) else { continue }
      if lead < 0x80 {
        setReplacement(of: UInt32(lead), node)
      } else {
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        let value = UInt32(lead) & (0xFF >> (UInt32(length) + 1))
        collect(after: node, value, length - 1)
      }
    }
  }

  private mutating func collect(after node: Node, _ value: UInt32, _ missing: Int) {
    for byte in UInt8(0x80)...0xBF {
      guard let next = step(from: node, by: byte) else { continue }
      let value = value << 6 | UInt32(byte & 0x3F)
      if missing > 1 {
        collect(after: next, value, missing - 1)
      } else if Unicode.Scalar(value) != nil {
        setReplacement(of: value, next)
      }
    }
  }

  private mutating func setReplacement(of scalar: UInt32, _ node: Node) {
    guard let replacement = replacement(at: node) else { return }
    starts[scalar] = UInt32(parts.count)
    parts.append(UInt32(replacement.count))
    parts += replacement
  }

  // MARK: The double array

  private struct Node {
    var place: Int
    /// Whether the bytes so far are replaced.
    var hasValue: Bool
  }

  private var root: Node { Node(place: Self.offset(units[0]), hasValue: false) }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }

  private func step(from node: Node, by byte: UInt8) -> Node? {
    let place = node.place ^ Int(byte)
    guard units.indices.contains(place) else { return nil }
    let unit = units[place]
    guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
    return Node(place: place ^ Self.offset(unit), hasValue: unit >> 8 & 1 == 1)
  }

  /// The code points that the bytes up to a node become.
  private func replacement(at node: Node) -> [UInt32]? {
    guard node.hasValue, units.indices.contains(node.place) else { return nil }
    let start = Int(units[node.place] & 0x7FFF_FFFF)
    guard start <= replacements.count else { return nil }
    let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
    return String(decoding: replacements[start..<end], as: UTF8.self).unicodeScalars.map(\.value)
  }

  // MARK: Texts

  /// Replaces clusters, and in longer ones code points.
  ///
  /// As in the original, of a cluster's beginnings the shortest with a replacement decides, and what
  /// follows it in the cluster is dropped.
  ///
  /// - Parameter scalars: A text.
  /// - Returns: How many code points of the result stand for the first of the text, at least 1.
  func apply(to scalars: inout [UInt32]) -> Int {
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    var beginning = Beginning()
    scalars.withUnsafeBufferPointer { scalars in
      var start = 0
      while start < scalars.count {
        let end = breaks.end(in: scalars, from: start)
        if end - start > 1, let replacement = replacement(ofCluster: scalars[start..<end]) {
          result += replacement
          beginning.note(replacement.count, of: end - start)
        } else {
          for scalar in scalars[start..<end] {
            let count = result.count
            append(scalar, to: &result)
            beginning.note(result.count - count, of: 1)
          }
        }
        start = end
      }
    }
    scalars = result
    return max(1, beginning.count)
  }

  /// What the original takes to stand for a text's first code point: all that it becomes, less the
  /// last where what follows it is removed; and one of what a cluster becomes.
  private struct Beginning {
    private(set) var count = 0
    private var isOpen = false

    @inline(__always)
    mutating func note(_ replacements: Int, of scalars: Int) {
      if count == 0 {
        count = scalars == 1 ? replacements : min(1, replacements)
        isOpen = count > 1
      } else if isOpen {
        if replacements == 0 { count -= 1 }
        isOpen = false
      }
    }
  }

  @inline(__always)
  private func append(_ scalar: UInt32, to result: inout [UInt32]) {
    let start = Int(starts[scalar])
    if start == 0 {
      result.append(scalar)
    } else {
      for place in start + 1..<start + 1 + Int(parts[start]) { result.append(parts[place]) }
    }
  }

  private func replacement(ofCluster cluster: Slice<UnsafeBufferPointer<UInt32>>) -> [UInt32]? {
    guard cluster.count < Self.longestCluster else { return nil }
    var bytes: [UInt8] = []
    for scalar in cluster { UTF8Writer.forEachByte(of: scalar) { bytes.append($0) } }
    guard bytes.count < Self.longestCluster else { return nil }
    var node = root
    for byte in bytes {
      guard byte != 0, let next = step(from: node, by: byte) else { return nil }
      node = next
      if let replacement = replacement(at: node) { return replacement }
    }
    return nil
  }
}
