import CLIPData
import Files
import Foundation

/// The measures of a part's pictures in a file, 240 bytes each, read where they lie.
struct MeasuredPart: Sendable {
  private static let magic = Array("CLPM0001".utf8)
  private static let headerSize = 24
  private static let recordSize = 240
  private enum State: UInt32 {
    case absent, sound, broken
  }

  private let file: MappedFile
  private let failures: [String: String]
  let needs: PictureMeasures.Needs
  let count: Int

  /// Opens a file; nil where it is not there, or not whole, or of another count.
  init?(_ url: URL, count: Int) {
    guard let file = try? MappedFile(url), file.count >= Self.headerSize,
      file.bytes.prefix(8).elementsEqual(Self.magic)
    else { return nil }
    let numbers = (0..<4).map {
      file.bytes.loadUnaligned(fromByteOffset: 8 + 4 * $0, as: UInt32.self)
    }
    let end = Self.headerSize + count * Self.recordSize
    guard numbers[1] == UInt32(count), file.count == end + Int(numbers[2]),
      let failures = try? JSONDecoder().decode(
        [String: String].self, from: Data(file.bytes(in: end..<file.count)))
    else { return nil }
    self.file = file
    self.failures = failures
    self.count = count
    needs = PictureMeasures.Needs(rawValue: numbers[0])
  }

  /// Writes measures; nil for those that nobody asked for.
  static func write(
    _ measures: [PictureMeasures?], needs: PictureMeasures.Needs, to url: URL
  ) throws {
    var failures: [String: String] = [:]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(measures.count * recordSize)
    for (index, measure) in measures.enumerated() {
      if let failure = measure?.failure { failures["\(index)"] = failure }
      bytes += record(measure)
    }
    let json = try JSONEncoder().encode(failures)
    try CleaningError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      try file.write(magic)
      for number in [needs.rawValue, UInt32(measures.count), UInt32(json.count), 0] {
        try withUnsafeBytes(of: number) { try file.write($0) }
      }
      try file.write(bytes)
      try file.write(json)
      try file.commit(isDurable: false)
    }
  }

  private static func record(_ measure: PictureMeasures?) -> [UInt8] {
    var record = [UInt8](repeating: 0, count: recordSize)
    guard let measure else { return record }
    record.withUnsafeMutableBytes { bytes in
      func put(_ value: some BitwiseCopyable, _ offset: Int) {
        bytes.storeBytes(of: value, toByteOffset: offset, as: type(of: value))
      }
      put((measure.failure == nil ? State.sound : .broken).rawValue, 0)
      put(UInt32(measure.width), 4)
      put(UInt32(measure.height), 8)
      put(measure.deviation, 12)
      put(measure.sharpness, 16)
      put(measure.entropy, 20)
      put(measure.contentKey, 24)
      put(measure.fingerprint?.hash ?? 0, 32)
      put(UInt32(measure.fingerprint == nil ? 0 : 1), 232)
      if let colors = measure.fingerprint?.colors {
        for (place, color) in colors.enumerated() { bytes[40 + place] = color }
      }
    }
    return record
  }

  /// Whether a picture has been looked at.
  func has(_ index: Int) -> Bool { number(index, 0) != State.absent.rawValue }

  private func number(_ index: Int, _ offset: Int) -> UInt32 {
    file.bytes.loadUnaligned(
      fromByteOffset: Self.headerSize + index * Self.recordSize + offset, as: UInt32.self)
  }

  private func word(_ index: Int, _ offset: Int) -> UInt64 {
    file.bytes.loadUnaligned(
      fromByteOffset: Self.headerSize + index * Self.recordSize + offset, as: UInt64.self)
  }

  /// The hash of a picture's bytes.
  func contentKey(_ index: Int) -> UInt64 { word(index, 24) }

  /// The perceptual hash; nil for a picture that cannot be decoded.
  func perceptualHash(_ index: Int) -> UInt64? { number(index, 232) == 0 ? nil : word(index, 32) }

  /// A picture's description for comparing.
  func fingerprint(_ index: Int) -> PictureFingerprint? {
    guard let hash = perceptualHash(index) else { return nil }
    let start = Self.headerSize + index * Self.recordSize + 40
    return PictureFingerprint(hash: hash, colors: Array(file.bytes(in: start..<start + 192)))
  }

  /// All that is known of a picture but its fingerprint.
  func measures(_ index: Int) -> PictureMeasures {
    var measures = PictureMeasures()
    measures.width = Int(number(index, 4))
    measures.height = Int(number(index, 8))
    measures.deviation = Float(bitPattern: number(index, 12))
    measures.sharpness = Float(bitPattern: number(index, 16))
    measures.entropy = Float(bitPattern: number(index, 20))
    measures.contentKey = contentKey(index)
    if number(index, 0) == State.broken.rawValue {
      measures.failure = failures["\(index)"] ?? "it cannot be decoded"
    }
    return measures
  }
}
