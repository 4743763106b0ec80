import Files
import Foundation

extension Vocabulary {
  /// The part of Hugging Face's `tokenizer.json` that holds the pieces.
  private struct TokenizerJSON: Decodable {
    struct Model: Decodable {
      let type: String?
      let vocab: [String: Int]?
    }
    struct Normalizer: Decodable {
      let lowercase: Bool?
    }
    let model: Model?
    let normalizer: Normalizer?
  }

  /// Reads the vocabulary of a `tokenizer.json`, as folders have it that lack `vocab.txt`.
  ///
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what is no lower-casing
  ///   WordPiece tokenizer with ids from 0 on; ``CLIPTextError`` as ``init(bytes:name:)`` does.
  init(tokenizerJSON url: URL) throws(CLIPTextError) {
    func problem(_ text: String) -> CLIPTextError {
      .tokenizerUnsupported(file: url.path, problem: text)
    }
    let document: TokenizerJSON
    do {
      let text = try TextFile(url, maximumSize: TextFile.maximumDocument)
      document = try JSONDecoder().decode(TokenizerJSON.self, from: text.json)
    } catch let error as FileError {
      throw problem("\(error)")
    } catch {
      throw problem("it is not the JSON of a tokenizer")
    }
    let kind = document.model?.type ?? "unnamed"
    guard let pieces = document.model?.vocab, kind == "WordPiece" || document.model?.type == nil
    else { throw problem("its model is \(kind.prefix(40)), not WordPiece") }
    guard document.normalizer?.lowercase != false else {
      throw problem("it keeps capitals, which Chinese-CLIP's tokenizer never does")
    }
    var lines = [String?](repeating: nil, count: pieces.count)
    for (piece, id) in pieces {
      guard lines.indices.contains(id), lines[id] == nil, !piece.utf8.contains(0x0A) else {
        throw problem("its ids are not the numbers from 0 to \(pieces.count - 1), each once")
      }
      lines[id] = piece
    }
    let text = lines.map { ($0 ?? "") + "\n" }.joined()
    try self.init(bytes: Array(text.utf8), name: url.path)
  }
}
