import Checkpoints

extension PairRecord {
  /// Reads the tuple, whatever protocol Python wrote it in.
  ///
  /// - Parameters:
  ///   - bytes: the record.
  ///   - source: what messages call it.
  /// - Returns: the pair.
  /// - Throws: `CheckpointError` for a damaged pickle, ``PairRecordProblem`` for another content.
  package static func decode(_ bytes: UnsafeRawBufferPointer, source: String) throws -> CaptionPair
  {
    let value = try PickleReader(source: source).read(bytes)
    guard case .tuple(let fields) = value, fields.count == 3 else { throw PairRecordProblem.shape }
    guard let text = fields[2].stringValue else { throw PairRecordProblem.shape }
    return CaptionPair(
      imageID: try identifier(fields[0], "image_id"), textID: try identifier(fields[1], "text_id"),
      text: text)
  }

  private static func identifier(_ value: PickleValue, _ field: String) throws -> Int64 {
    if let number = value.integerValue { return number }
    guard var name = value.stringValue else { throw PairRecordProblem.shape }
    return try name.withUTF8 { RawIdentifier(UnsafeRawBufferPointer($0)) }.number(field: field)
  }
}

/// What is wrong with a record whose pickle is sound.
enum PairRecordProblem: Error, CustomStringConvertible {
  case shape

  var description: String { "it is not a tuple of a picture's id, a text's id and a text" }
}
