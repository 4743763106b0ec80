public import CLIPText
import Foundation

extension ModelConfiguration {
  /// Refuses a vocabulary that is not the text encoder's: ids would stand for other words, and
  /// nobody would be told.
  ///
  /// It must have a line for each row of the embedding table; rows that only round the table up to a
  /// multiple of 64 or 128, as some trainers do for speed, may be without one.
  ///
  /// - Parameters:
  ///   - tokenizer: what the text encoder is to read with.
  ///   - file: how messages call it.
  /// - Throws: ``ModelError/vocabulary(file:found:expected:)``.
  public func requireFit(of tokenizer: any Tokenizer, in file: String) throws {
    let (found, expected) = (tokenizer.vocabularyCount, text.vocabularySize)
    let rounded = [64, 128].map { (found + $0 - 1) / $0 * $0 }
    guard found == expected || rounded.contains(expected) else {
      throw ModelError.vocabulary(file: file, found: found, expected: expected)
    }
  }
}

/// Where a Hugging Face folder says that the special pieces stand.
struct SpecialPieces {
  private let source: String
  private let expected: [(piece: String, id: Int)]
  private let paddingID: Int?

  private struct TokenizerFile: Decodable {
    struct Piece: Decodable { let content: String }
    let addedTokensDecoder: [String: Piece]?
    enum CodingKeys: String, CodingKey { case addedTokensDecoder = "added_tokens_decoder" }
  }

  private struct ModelFile: Decodable {
    struct Text: Decodable {
      let paddingID: Int?
      enum CodingKeys: String, CodingKey { case paddingID = "pad_token_id" }
    }
    let text: Text?
    enum CodingKeys: String, CodingKey { case text = "text_config" }
  }

  /// Reads `tokenizer_config.json`, which newer releases of transformers write ids into, and the
  /// padding's id in `config.json`; nil where neither says anything.
  init?(in folder: URL) {
    func read<File: Decodable>(_ name: String, _ type: File.Type) -> File? {
      // A file of another form says nothing about pieces; whoever needs it refuses it.
      (try? Data(contentsOf: folder.appending(path: name))).flatMap {
        try? JSONDecoder().decode(type, from: $0)
      }
    }
    let named = read("tokenizer_config.json", TokenizerFile.self)?.addedTokensDecoder ?? [:]
    let expected = named.compactMap { key, piece in
      Int(key).map { (piece: piece.content, id: $0) }
    }.sorted { $0.id < $1.id }
    source = folder.appending(path: expected.isEmpty ? "config.json" : "tokenizer_config.json").path
    paddingID = expected.isEmpty ? read("config.json", ModelFile.self)?.text?.paddingID : nil
    guard !expected.isEmpty || paddingID != nil else { return nil }
    self.expected = expected
  }

  /// Compares.
  ///
  /// - Throws: ``ModelError/vocabularyOrder(file:piece:found:expected:source:)``.
  func requireFit(of tokenizer: any Tokenizer, in file: String) throws {
    let padding = paddingID.map { (tokenizer.piece(of: tokenizer.paddingID) ?? "padding", $0) }
    for (piece, id) in expected + [padding].compactMap(\.self) {
      guard let found = tokenizer.id(of: piece), Int(found) != id else { continue }
      throw ModelError.vocabularyOrder(
        file: file, piece: piece, found: Int(found), expected: id, source: source)
    }
  }
}
