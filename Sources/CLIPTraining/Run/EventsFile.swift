package import Foundation

/// A TensorBoard events file: protocol buffers of TensorFlow's `Event` in its record format.
///
/// Sources: `tensorflow/core/util/event.proto`, `tensorflow/core/lib/io/record_writer.h`.
package final class EventsFile {
  private let handle: FileHandle

  /// Opens a new file; one of an earlier part of the run stays beside it.
  ///
  /// - Parameters:
  ///   - folder: where it is made.
  ///   - globalStep: steps done before; later ones of earlier files then do not count.
  /// - Throws: an error of the file system.
  package init(in folder: URL, resumingAfter globalStep: Int) throws {
    let time = Date.now.timeIntervalSince1970
    let url = folder.appending(
      path: "events.out.tfevents.\(Int(time)).\(ProcessInfo.processInfo.processIdentifier)")
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
    var version = Self.event(time: time, step: nil)
    version.add(3, text: "brain.Event:2")
    try write(version)
    guard globalStep > 0 else { return }
    var restart = Self.event(time: time, step: globalStep + 1)
    var session = ProtocolBuffer()
    session.add(1, integer: 1)
    restart.add(7, message: session)
    try write(restart)
  }

  deinit {
    try? handle.close()
  }

  /// Adds numbers of a step.
  package func add(_ scalars: [(name: String, value: Double)], step: Int) throws {
    var summary = ProtocolBuffer()
    for (name, value) in scalars {
      var entry = ProtocolBuffer()
      entry.add(1, text: name)
      entry.add(2, number: Float(value))
      summary.add(1, message: entry)
    }
    var event = Self.event(time: Date.now.timeIntervalSince1970, step: step)
    event.add(5, message: summary)
    try write(event)
  }

  private static func event(time: Double, step: Int?) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, number: time)
    if let step { event.add(2, integer: UInt64(step)) }
    return event
  }

  private func write(_ event: ProtocolBuffer) throws {
    var length = ProtocolBuffer()
    length.append(UInt64(event.bytes.count))
    var record = length
    record.append(CRC32C.masked(length.bytes))
    record.bytes += event.bytes
    record.append(CRC32C.masked(event.bytes))
    try handle.write(contentsOf: Data(record.bytes))
  }
}

/// The few forms of protocol buffers that events need.
private struct ProtocolBuffer {
  var bytes: [UInt8] = []

  mutating func add(_ field: UInt64, integer: UInt64) {
    append(variable: field << 3)
    append(variable: integer)
  }

  mutating func add(_ field: UInt64, number: Double) {
    append(variable: field << 3 | 1)
    append(number.bitPattern)
  }

  mutating func add(_ field: UInt64, number: Float) {
    append(variable: field << 3 | 5)
    append(number.bitPattern)
  }

  mutating func add(_ field: UInt64, text: String) {
    add(field, bytes: Array(text.utf8))
  }

  mutating func add(_ field: UInt64, message: ProtocolBuffer) {
    add(field, bytes: message.bytes)
  }

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  private mutating func add(_ field: UInt64, bytes content: [UInt8]) {
    append(variable: field << 3 | 2)
    append(variable: UInt64(content.count))
    bytes += content
  }

  private mutating func append(variable value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Castagnoli's checksum, as TensorFlow's records have it.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
  }

  /// TensorFlow's disguise, so that a checksum of data with checksums is not weak.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = of(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
