/// What is wrong with the pages of an LMDB file.
enum LMDBProblem: Error, Equatable, CustomStringConvertible {
  case tooShort
  case noMagic
  case version(UInt32)
  case pageSize(UInt64)
  case truncated(expected: UInt64, found: Int)
  case unsupported(flags: UInt16)
  case depth(Int)
  case pageOutside(UInt64)
  case pageKind(UInt64)
  case nodeOutside
  case valueOutside
  case loop

  var description: String {
    switch self {
    case .tooShort: "the file ends before its two header pages"
    case .noMagic: "the header pages do not begin as LMDB's do"
    case .version(let version): "its format has version \(version), only 1 is known"
    case .pageSize(let size): "it says its pages have \(size) bytes"
    case .truncated(let expected, let found):
      "the file was cut off: \(expected) bytes are in use, \(found) are there"
    case .unsupported(let flags): "its database has flags (\(flags)) that data sets do not use"
    case .depth(let depth): "it says its tree has \(depth) levels"
    case .pageOutside(let number): "a link leads to page \(number), outside the file"
    case .pageKind(let number): "page \(number) is not of the kind that the tree needs there"
    case .nodeOutside: "an entry reaches beyond its page"
    case .valueOutside: "a value reaches beyond the end of the file"
    case .loop: "the tree leads back into itself"
    }
  }
}

/// A header page: where the tree starts.
///
/// An environment has two and writes them in turns.
struct LMDBMeta {
  let pageSize: Int
  let root: UInt64
  let depth: Int
  let entries: Int
  private let lastPage: UInt64
  private let transaction: UInt64

  /// Offsets inside a header page, after the page's own header of 16 bytes.
  private enum Offset {
    static let magic = 16
    static let version = 20
    /// Two databases of 48 bytes each: free pages, then the data.
    static let pageSize = 40
    static let flags = 40 + 48 + 4
    static let depth = 40 + 48 + 6
    static let entries = 40 + 48 + 32
    static let root = 40 + 48 + 40
    static let lastPage = 40 + 96
    static let transaction = 40 + 96 + 8
    static let end = 40 + 96 + 16
  }

  /// The header of the last finished transaction, checked against the file's length.
  static func newest(in file: UnsafeRawBufferPointer) throws(LMDBProblem) -> LMDBMeta {
    let first = try LMDBMeta(file, at: 0)
    let second = try LMDBMeta(file, at: first.pageSize)
    let meta = second.transaction > first.transaction ? second : first
    guard second.pageSize == first.pageSize else { throw .pageSize(UInt64(second.pageSize)) }
    let (used, overflow) = (meta.lastPage &+ 1).multipliedReportingOverflow(
      by: UInt64(meta.pageSize))
    guard !overflow, used <= file.count else {
      throw .truncated(expected: overflow ? .max : used, found: file.count)
    }
    return meta
  }

  private init(_ file: UnsafeRawBufferPointer, at start: Int) throws(LMDBProblem) {
    guard file.count - start >= Offset.end else { throw .tooShort }
    func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
      Value(littleEndian: file.loadUnaligned(fromByteOffset: start + offset, as: type))
    }
    guard load(Offset.magic, as: UInt32.self) == 0xBEEF_C0DE else { throw .noMagic }
    // The upper half of the word marks development versions of the library.
    let version = load(Offset.version, as: UInt32.self)
    guard version == 1 else { throw .version(version) }
    let size = load(Offset.pageSize, as: UInt32.self)
    guard size >= 256, size <= 65536, size.nonzeroBitCount == 1 else {
      throw .pageSize(UInt64(size))
    }
    let flags = load(Offset.flags, as: UInt16.self)
    guard flags == 0 else { throw .unsupported(flags: flags) }
    pageSize = Int(size)
    root = load(Offset.root, as: UInt64.self)
    depth = root == .max ? 0 : Int(load(Offset.depth, as: UInt16.self))
    guard depth <= 32, depth > 0 || root == .max else { throw .depth(depth) }
    entries = Int(clamping: load(Offset.entries, as: UInt64.self))
    lastPage = load(Offset.lastPage, as: UInt64.self)
    transaction = load(Offset.transaction, as: UInt64.self)
  }
}

/// One entry of a page.
struct LMDBNode {
  let key: UnsafeRawBufferPointer
  /// What stands behind the key in the page.
  let data: UnsafeRawBufferPointer
  /// Bytes of the value, wherever it is.
  let size: Int
  /// Whether the value has pages of its own, whose number `data` holds.
  let isLarge: Bool
  /// In inner pages: the page that this entry leads to.
  let child: UInt64
}

/// An inner page or a leaf of the tree.
struct LMDBPage {
  static let headerSize = 16
  private static let branchFlag: UInt16 = 0x01
  private static let leafFlag: UInt16 = 0x02
  private static let largeValueFlag: UInt16 = 0x01
  private static let nodeHeaderSize = 8

  private let bytes: UnsafeRawBufferPointer
  private let isLeaf: Bool
  /// Number of entries.
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer, number: UInt64, isLeaf: Bool) throws(LMDBProblem) {
    let flags = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 10, as: UInt16.self))
    let lower = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt16.self))
    // 0x10 marks a page that was not yet written out; it may linger and means nothing here.
    guard flags & ~0x10 == (isLeaf ? Self.leafFlag : Self.branchFlag),
      lower >= Self.headerSize, lower <= bytes.count, isLeaf || lower > Self.headerSize
    else { throw .pageKind(number) }
    self.bytes = bytes
    self.isLeaf = isLeaf
    count = (Int(lower) - Self.headerSize) / 2
  }

  /// An entry; `index` must be below ``count``.
  func node(_ index: Int) throws(LMDBProblem) -> LMDBNode {
    func load(_ offset: Int) -> Int {
      Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
    let start = load(Self.headerSize + 2 * index)
    guard start >= Self.headerSize, start + Self.nodeHeaderSize <= bytes.count else {
      throw .nodeOutside
    }
    let (low, high, flags) = (load(start), load(start + 2), load(start + 4))
    let keyStart = start + Self.nodeHeaderSize
    let dataStart = keyStart + load(start + 6)
    guard dataStart <= bytes.count else { throw .nodeOutside }
    let key = UnsafeRawBufferPointer(rebasing: bytes[keyStart..<dataStart])
    guard isLeaf else {
      let child = UInt64(low) | UInt64(high) << 16 | UInt64(flags) << 32
      return LMDBNode(
        key: key, data: .init(start: nil, count: 0), size: 0, isLarge: false, child: child)
    }
    guard flags & ~Int(Self.largeValueFlag) == 0 else { throw .unsupported(flags: UInt16(flags)) }
    let isLarge = flags & Int(Self.largeValueFlag) != 0
    let size = low | high << 16
    let stored = isLarge ? 8 : size
    guard stored <= bytes.count - dataStart else { throw .nodeOutside }
    let data = UnsafeRawBufferPointer(rebasing: bytes[dataStart..<dataStart + stored])
    return LMDBNode(key: key, data: data, size: size, isLarge: isLarge, child: 0)
  }

  /// Of an inner page: the page below that may hold `key`.
  ///
  /// The first entry's key stands for "smaller than all".
  func child(for key: UnsafeRawBufferPointer) throws(LMDBProblem) -> UInt64 {
    var lower = 1
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if Self.precedes(key, try node(middle).key) { upper = middle } else { lower = middle + 1 }
    }
    return try node(lower - 1).child
  }

  /// Of a leaf: the entry with exactly this key.
  func index(of key: UnsafeRawBufferPointer) throws(LMDBProblem) -> Int? {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if Self.precedes(try node(middle).key, key) { lower = middle + 1 } else { upper = middle }
    }
    guard lower < count, try node(lower).key.elementsEqual(key) else { return nil }
    return lower
  }

  /// LMDB's default order: byte by byte, the shorter first.
  private static func precedes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.lexicographicallyPrecedes(b)
  }
}
