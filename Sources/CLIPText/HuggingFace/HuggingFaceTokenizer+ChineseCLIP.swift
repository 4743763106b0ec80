extension HuggingFaceTokenizer {
  /// The vocabulary of a Chinese-CLIP folder that lacks `vocab.txt`, as newer releases of transformers
  /// write them.
  ///
  /// - Parameter name: What messages call it.
  /// - Returns: The pieces in the order of their ids; nil for a tokenizer that is not BERT's in lower
  ///   case.
  /// - Throws: ``CLIPTextError`` as ``Vocabulary/init(bytes:name:)`` does.
  func chineseCLIPVocabulary(name: String) throws(CLIPTextError) -> Vocabulary? {
    guard isLowercaseBERT else { return nil }
    var lines: [UInt8] = []
    for id in 0..<Int32(vocabularyCount) {
      guard let piece = piece(of: id), !piece.utf8.contains(0x0A) else { return nil }
      lines += piece.utf8
      lines.append(0x0A)
    }
    return try Vocabulary(bytes: lines, name: name)
  }
}
