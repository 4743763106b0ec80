import Files
public import Foundation

/// The pieces that a text is made of; the id of a piece is the number of its line, from 0.
///
/// The file is read as the original reads it: lines end at byte 0x0A and nowhere else (U+2028 is a
/// piece of Google's Chinese vocabulary), white space around a piece is removed, and of two equal
/// lines the later one gives the id. The four special pieces are found by name, wherever they are.
public struct Vocabulary: Sendable {
  /// The largest file that is read, in bytes; Google's Chinese vocabulary has 109,540.
  public static let maximumSize = 8 << 20

  /// The number of lines: the rows of the embedding table, unreachable and repeated pieces included.
  public var count: Int { lines.count }
  /// The id of `[PAD]`, which fills up a batch.
  public let paddingID: Int32
  /// The id of `[UNK]`, which stands for a word without pieces.
  public let unknownID: Int32
  /// The id of `[CLS]`, with which every text begins.
  public let classID: Int32
  /// The id of `[SEP]`, with which every text ends.
  public let separatorID: Int32

  /// The file as it was read, without a byte-order mark.
  public let bytes: [UInt8]
  /// Where in `bytes` each piece stands, white space removed.
  private let lines: [Range<Int32>]
  let trie: PieceTrie

  /// Reads a vocabulary from the bytes of its file.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 text, one piece a line.
  ///   - name: What messages call it.
  /// - Throws: ``CLIPTextError`` if the file is empty, too large or not UTF-8, or if one of `[PAD]`,
  ///   `[UNK]`, `[CLS]`, `[SEP]` is missing.
  public init(bytes: [UInt8], name: String = "given") throws(CLIPTextError) {
    guard bytes.count <= Self.maximumSize else {
      throw .vocabularyTooLarge(file: name, limit: Self.maximumSize)
    }
    // Windows' editors put a mark before the first line.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    guard !bytes.isEmpty else { throw .vocabularyEmpty(file: name) }
    let lines = try Self.lines(of: bytes, name: name)
    let trie = Self.trie(of: bytes, lines)

    func special(_ piece: String) throws(CLIPTextError) -> Int32 {
      guard let id = trie.piece(piece.unicodeScalars.lazy.map(\.value)) else {
        throw .vocabularyLacks(piece: piece, file: name)
      }
      return id
    }
    paddingID = try special("[PAD]")
    unknownID = try special("[UNK]")
    classID = try special("[CLS]")
    separatorID = try special("[SEP]")
    self.bytes = bytes
    self.lines = lines
    self.trie = trie
  }

  /// Reads a vocabulary file.
  ///
  /// - Throws: ``CLIPTextError`` as ``init(bytes:name:)`` does, and if the file cannot be read.
  public init(contentsOf url: URL) throws(CLIPTextError) {
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      data = try file.read(upToCount: Self.maximumSize + 1) ?? Data()
    } catch {
      throw .vocabularyUnreadable(file: url.path, reason: Self.reason(of: error, url))
    }
    try self.init(bytes: Array(data), name: url.path)
  }

  /// Google's Chinese BERT vocabulary of 21,128 pieces, which all published Chinese-CLIP models use.
  ///
  /// - Throws: ``CLIPTextError`` if the package's resource is missing or damaged.
  public static func bundled() throws(CLIPTextError) -> Vocabulary {
    let folder: URL
    do { folder = try ResourceFolder.url(of: "CLIPText") } catch {
      throw .vocabularyUnreadable(file: "vocab.txt", reason: "\(error)")
    }
    return try Vocabulary(contentsOf: folder.appending(path: "vocab.txt"))
  }

  /// The id of a piece, `##` included where the piece continues a word; nil if it is not here.
  public func id(of piece: String) -> Int32? {
    trie.piece(piece.unicodeScalars.lazy.map(\.value))
  }

  /// The piece of an id; nil if no line has this number.
  public func piece(of id: Int32) -> String? {
    guard lines.indices.contains(Int(id)) else { return nil }
    let line = lines[Int(id)]
    return String(decoding: bytes[Int(line.lowerBound)..<Int(line.upperBound)], as: UTF8.self)
  }

  private static func reason(of error: any Error, _ url: URL) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
    case .fileReadNoPermission: "permission is denied"
    default: url.hasDirectoryPath ? "it is a folder" : "\(error)"
    }
  }
}
