public import Foundation

/// The tokenizer of OpenAI's CLIP and of most models of open_clip: byte-pair encoding of bytes with
/// `bpe_simple_vocab_16e6.txt.gz`.
///
/// Its ids are those of `clip.tokenize` and `open_clip.tokenize`: texts are repaired as `ftfy` does,
/// but for mojibake (``TextRepair``), character references are replaced twice, white space becomes
/// one space, letters lower case. A text that is cut ends with `<|endoftext|>`; rows are filled up
/// with 0, which is also the piece `!`: where a text ends is told by its length.
public struct OpenAITokenizer: Tokenizer {
  /// The largest file that is read, unpacked, in bytes; the published one has 3.2 million.
  public static let maximumSize = 16 << 20
  /// The lengths that a text can be cut to; OpenAI's models have 77.
  public static let contextLengths = 3...1 << 16

  /// The largest number of ids of a text, `<|startoftext|>` and `<|endoftext|>` included.
  public let contextLength: Int
  private let encoding: OpenAIEncoding

  /// Reads a vocabulary from the bytes of its file.
  ///
  /// - Parameters:
  ///   - bytes: The content, packed by gzip or not.
  ///   - name: What messages call it.
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what is no such vocabulary.
  public init(bytes: [UInt8], name: String = "given") throws(CLIPTextError) {
    do { encoding = try OpenAIEncoding(file: bytes) } catch {
      throw .tokenizerUnsupported(file: name, problem: error.message)
    }
    contextLength = 77
  }

  /// Reads a vocabulary file.
  ///
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what is no such vocabulary.
  public init(contentsOf url: URL) throws(CLIPTextError) {
    let file = try TokenizerFile(url, maximumSize: Self.maximumSize)
    try self.init(bytes: file.bytes, name: url.path)
  }

  private init(_ encoding: OpenAIEncoding, contextLength: Int) {
    self.encoding = encoding
    self.contextLength = contextLength
  }

  /// Tokenizes texts, in their order.
  public func callAsFunction(_ texts: [String]) -> TokenizedTexts {
    var run = OpenAIEncoding.Run(encoding)
    var batch = TokenBatch(
      encoding.marks, contextLength: contextLength, expectedTexts: texts.count)
    for var text in texts {
      batch.add { ids, limit in text.withUTF8 { run.append($0, to: &ids, limit: limit) } }
    }
    return batch.finished(paddingID: paddingID)
  }

  /// The pieces that a text is split into, as far as it fits; `</w>` ends a word.
  public func pieces(for text: String) -> [String] {
    ids(for: text).dropFirst().dropLast().map { piece(of: $0) ?? "" }
  }

  /// The same tokenizer for another length.
  ///
  /// - Parameters:
  ///   - contextLength: The largest number of ids of a text.
  ///   - normalization: Of no effect: there is one way.
  /// - Returns: A tokenizer with the same vocabulary.
  /// - Throws: ``CLIPTextError/contextLengthUnusable(_:limits:)``.
  public func configured(
    contextLength: Int, normalization: TextNormalization? = nil
  ) throws(CLIPTextError) -> OpenAITokenizer {
    guard Self.contextLengths.contains(contextLength) else {
      throw .contextLengthUnusable(contextLength, limits: Self.contextLengths)
    }
    return OpenAITokenizer(encoding, contextLength: contextLength)
  }
}

extension OpenAITokenizer {
  /// Letters, merges and the two marks: 49,408.
  public var vocabularyCount: Int { encoding.pieces.count }
  /// 0, as in the original.
  public var paddingID: Int32 { 0 }
  /// The id of `<|endoftext|>`.
  public var endID: Int32? { encoding.marks.behind.last }
  /// The vocabulary as it was read.
  public var files: [TokenizerFile] { [encoding.file] }

  /// The id of a piece; nil if it is not in the vocabulary.
  public func id(of piece: String) -> Int32? { encoding.pieces.id(of: piece) }

  /// The piece of an id; nil if the vocabulary has no such id.
  public func piece(of id: Int32) -> String? { encoding.pieces.piece(of: id) }
}
