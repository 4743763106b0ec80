/// The pieces of a vocabulary as UTF-8, found by id and by content.
struct PieceTable: Sendable {
  /// Ids go up to here; the largest vocabulary of a published CLIP has 901,629 pieces.
  static let maximumCount = 1 << 21
  /// The longest piece, in bytes: long ones would make every word expensive.
  static let maximumPiece = 1024

  private var bytes: [UInt8] = []
  /// Where the piece of each id begins and how long it is; -1: no piece has the id.
  private var starts: [UInt32] = []
  private var lengths: [Int16] = []
  /// Ids in a hash table with open addressing, -1 where it is free.
  private var slots = [Int32](repeating: -1, count: 16)
  private var usedSlots = 0

  /// How many pieces there are.
  private(set) var pieceCount = 0
  /// One more than the highest id.
  var count: Int { starts.count }

  /// Room for so many pieces is made at once.
  init(expected: Int = 0) {
    starts.reserveCapacity(expected)
    lengths.reserveCapacity(expected)
  }

  /// Adds a piece.
  ///
  /// - Throws: ``TokenizerProblem`` for an id that is out of range or taken, and for a piece that is
  ///   too long or there already.
  mutating func insert(_ piece: String, id: Int64) throws(TokenizerProblem) {
    guard try add(piece, id: id) else {
      throw TokenizerProblem("its vocabulary has the piece '\(piece.prefix(40))' twice")
    }
  }

  /// Adds a piece; of equal ones the later gives the id.
  mutating func insertOrReplace(_ piece: String, id: Int64) throws(TokenizerProblem) {
    if try !add(piece, id: id) { replace(piece, by: Int32(id)) }
  }

  private mutating func add(_ piece: String, id: Int64) throws(TokenizerProblem) -> Bool {
    guard id >= 0, id < Self.maximumCount else {
      throw TokenizerProblem("the id \(id) of '\(piece.prefix(40))' is out of range")
    }
    let id = Int(id)
    guard piece.utf8.count <= Self.maximumPiece else {
      throw TokenizerProblem("the piece of id \(id) has more than \(Self.maximumPiece) bytes")
    }
    if id >= starts.count {
      let missing = id + 1 - starts.count
      starts.append(contentsOf: repeatElement(0, count: missing))
      lengths.append(contentsOf: repeatElement(-1, count: missing))
    }
    guard lengths[id] < 0 else {
      throw TokenizerProblem("two pieces have the id \(id)")
    }
    var piece = piece
    return piece.withUTF8 { content in
      starts[id] = UInt32(bytes.count)
      lengths[id] = Int16(content.count)
      bytes.append(contentsOf: content)
      pieceCount += 1
      if 2 * (usedSlots + 1) > slots.count { grow() }
      let slot = slot(of: content)
      guard slots[slot] < 0 else { return false }
      slots[slot] = Int32(id)
      usedSlots += 1
      return true
    }
  }

  private mutating func replace(_ piece: String, by id: Int32) {
    var piece = piece
    piece.withUTF8 { slots[slot(of: $0)] = id }
  }

  /// The id of a piece.
  func id(of piece: UnsafeBufferPointer<UInt8>) -> Int32? {
    let id = slots[slot(of: piece)]
    return id < 0 ? nil : id
  }

  /// The id of a piece.
  func id(of piece: String) -> Int32? {
    var piece = piece
    return piece.withUTF8 { id(of: $0) }
  }

  /// The id of a piece of two parts.
  func id(of first: Int32, _ second: Int32, droppingPrefix length: Int) -> Int32? {
    let (one, two) = (range(of: first), range(of: second))
    guard two.count >= length else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * Self.maximumPiece) {
      joined in
      var count = 0
      for range in [one, two.dropFirst(length)] {
        for place in range {
          joined.initializeElement(at: count, to: bytes[place])
          count += 1
        }
      }
      return id(of: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(joined)[..<count]))
    }
  }

  /// The piece of an id; nil if no piece has it.
  func piece(of id: Int32) -> String? {
    guard id >= 0, id < starts.count, lengths[Int(id)] >= 0 else { return nil }
    return String(decoding: bytes[range(of: id)], as: UTF8.self)
  }

  /// Calls `body` with the code points of every piece; the array is used again.
  func forEachPiece(
    _ body: (Int32, [UInt32]) throws(TokenizerProblem) -> Void
  ) throws(TokenizerProblem) {
    var scalars: [UInt32] = []
    for id in 0..<Int32(starts.count) where lengths[Int(id)] >= 0 {
      scalars.removeAll(keepingCapacity: true)
      bytes[range(of: id)].withUnsafeBufferPointer { piece in
        var position = 0
        while let scalar = UTF8Reader.next(in: piece, &position) { scalars.append(scalar) }
      }
      try body(id, scalars)
    }
  }

  private func range(of id: Int32) -> Range<Int> {
    let start = Int(starts[Int(id)])
    return start..<start + Int(max(0, lengths[Int(id)]))
  }

  /// The place of a piece, or the free place where it belongs.
  private func slot(of piece: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: Self.hash(piece)) & mask
    while slots[slot] >= 0, !isPiece(slots[slot], piece) { slot = (slot + 1) & mask }
    return slot
  }

  private func isPiece(_ id: Int32, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    guard lengths[Int(id)] == piece.count else { return false }
    let start = Int(starts[Int(id)])
    return bytes.withUnsafeBufferPointer { bytes in
      for place in 0..<piece.count where bytes[start + place] != piece[place] { return false }
      return true
    }
  }

  private mutating func grow() {
    let old = slots
    slots = [Int32](repeating: -1, count: 2 * old.count)
    for id in old where id >= 0 {
      let slot = bytes[range(of: id)].withUnsafeBufferPointer { self.slot(of: $0) }
      slots[slot] = id
    }
  }

  /// FNV-1a with a final mix, seeded anew in every process: a forged vocabulary cannot be made to
  /// collide.
  private static func hash(_ piece: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = seed
    for byte in piece { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash ^= hash >> 32
    hash = hash &* 0x9E37_79B9_7F4A_7C15
    return hash ^ hash >> 29
  }

  private static let seed = UInt64.random(in: .min ... .max)
}
