public import Foundation

/// Reads pickles, protocols 2 to 5, as plain data and executes nothing of them.
///
/// Only the operations that build containers, numbers, strings and references are known; a name
/// that is not in ``allowedGlobals`` ends the reading with an error that says it. Sizes are compared
/// with the bytes at hand and with ``limits`` before memory is taken, and what is shared counts as
/// often as it is mentioned, so that a small pickle cannot stand for a huge value.
///
/// ```swift
/// let value = try PickleReader(source: "pairs/17").read(record)   // (image_id, text_id, text)
/// guard let fields = value.elements, fields.count == 3 else { … }
/// let text = fields[2].stringValue
/// ```
public struct PickleReader: Sendable {
  /// The name of what is read, for messages.
  public var source: String
  /// The Python names that may be mentioned.
  public var allowedGlobals: PickleGlobals
  /// How much may be asked for.
  public var limits: PickleLimits

  /// Makes a reader; by default no Python name is allowed at all.
  public init(
    source: String, allowedGlobals: PickleGlobals = .none, limits: PickleLimits = PickleLimits()
  ) {
    self.source = source
    self.allowedGlobals = allowedGlobals
    self.limits = limits
  }

  /// Reads the pickle at the start of some bytes; what follows its end is ignored.
  /// - Throws: ``CheckpointError``.
  public func read(_ bytes: some ContiguousBytes) throws -> PickleValue {
    try bytes.withUnsafeBytes { try read($0, at: 0).value }
  }

  /// Reads the pickle that starts at an offset, and says where it ends.
  package func read(
    _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws -> (value: PickleValue, end: Int) {
    let (limit, overflow) = offset.addingReportingOverflow(limits.maximumBytes)
    let end = overflow ? bytes.count : min(bytes.count, limit)
    let window = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    let cursor = try ByteCursor(window, source: source, offset: offset)
    var machine = PickleMachine(cursor: cursor, reader: self)
    do {
      let root = try machine.run()
      return (try machine.value(of: root), machine.end)
    } catch CheckpointError.truncated where end < bytes.count {
      throw CheckpointError.limitExceeded(
        source: source, what: "the number of bytes in its pickle", found: bytes.count - offset,
        allowed: limits.maximumBytes)
    }
  }
}
