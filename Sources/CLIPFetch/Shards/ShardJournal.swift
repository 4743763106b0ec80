import CLIPData
import Files
import Foundation

/// The rows of a shard that are done, written as they come: what is in it survives any end of the
/// process, and is not asked for again.
///
/// A record is a header of 24 bytes (a mark, the row, two lengths and a hash), the result as JSON,
/// and the picture. What a power cut leaves half-written has a wrong hash and is cut off.
final class ShardJournal {
  /// Where a row's parts lie.
  struct Place {
    let result: RowResult
    let picture: Range<Int>
  }

  private let path: String
  private let descriptor: Int32
  /// The rows that are done.
  private(set) var rows: Set<Int> = []
  /// What became of those that were done when it was opened.
  let earlier: [RowResult]

  private static let mark: UInt32 = 0x4A46_4E43
  private static let headerSize = 24

  /// Opens a journal, which may be there already.
  ///
  /// - Parameters:
  ///   - url: its file.
  ///   - forgetsFailures: whether rows that failed count as not done.
  /// - Throws: ``FetchError``.
  init(_ url: URL, forgetsFailures: Bool = false) throws(FetchError) {
    path = url.path
    let known = try Self.places(in: url)
    let kept = known.places.filter { $0.value.result.isSuccess || !forgetsFailures }
    rows = Set(kept.keys)
    earlier = kept.values.map(\.result)
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: SystemError.reason()) }
    guard ftruncate(descriptor, off_t(known.end)) == 0 else {
      throw .unwritable(path: path, reason: SystemError.reason())
    }
  }

  deinit { close(descriptor) }

  /// Adds a row.
  func append(_ row: Int, _ result: RowResult, picture: Data) throws(FetchError) {
    var content = Data("{\(result.fields)}".utf8)
    let textSize = content.count
    content.append(picture)
    var record = Data(capacity: Self.headerSize + content.count)
    func put(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
    }
    put(Self.mark)
    put(UInt32(row))
    put(UInt32(textSize))
    put(UInt32(picture.count))
    put(StableHash.hash(content))
    record.append(content)
    let problem: String? = record.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let count = write(descriptor, piece.baseAddress, piece.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return SystemError.reason() }
        rest = rest.dropFirst(count)
      }
      return nil
    }
    if let problem { throw .unwritable(path: path, reason: problem) }
    rows.insert(row)
  }

  /// Reads what is sound; of a row that was written twice the last counts.
  static func places(in url: URL) throws(FetchError) -> (places: [Int: Place], end: Int) {
    guard FileManager.default.fileExists(atPath: url.path) else { return ([:], 0) }
    let file: MappedFile
    do { file = try MappedFile(url) } catch { throw FetchError(error) }
    var places: [Int: Place] = [:]
    var position = 0
    while position + headerSize <= file.count {
      func number(at offset: Int) -> Int {
        Int(
          UInt32(
            littleEndian: file.bytes.loadUnaligned(
              fromByteOffset: position + offset, as: UInt32.self)))
      }
      let (row, textSize, pictureSize) = (number(at: 4), number(at: 8), number(at: 12))
      let start = position + headerSize
      guard number(at: 0) == Int(mark), textSize + pictureSize <= file.count - start else { break }
      let hash = UInt64(
        littleEndian: file.bytes.loadUnaligned(fromByteOffset: position + 16, as: UInt64.self))
      let content = file.bytes(in: start..<start + textSize + pictureSize)
      guard StableHash.hash(Data(content)) == hash,
        let result = try? RowResult(json: file.bytes(in: start..<start + textSize))
      else { break }
      position = start + textSize + pictureSize
      places[row] = Place(result: result, picture: start + textSize..<position)
    }
    return (places, position)
  }
}
