/// The tokenizer of BERT, which Chinese-CLIP's text towers read.
///
/// Equal to `cn_clip.clip.tokenize` of the original: BERT's basic tokenization in Unicode 14.0,
/// always in lower case, then WordPiece. Special pieces are never read from a text: "[MASK]" is four
/// ordinary pieces.
public struct BERTTokenizer: Tokenizer {
  /// The context lengths that a text tower with 512 positions can take.
  public static let contextLengths = 2...512

  /// The pieces and their ids.
  public let vocabulary: Vocabulary
  /// The largest number of ids of a text, `[CLS]` and `[SEP]` included.
  public let contextLength: Int
  /// What happens to a text before it is split.
  public var normalization: TextNormalization { basicTokenizer.normalization }

  let basicTokenizer: BasicTokenizer
  private let wordPiece: WordPiece

  /// - Parameters:
  ///   - vocabulary: The one that the model was trained with.
  ///   - contextLength: From 2 to 512. Chinese-CLIP's models were trained with 52.
  ///   - normalization: `.training` gives the ids of training and evaluation, `.api` those of the
  ///     public `clip.tokenize`; they differ for “ and ”.
  /// - Throws: ``CLIPTextError/contextLengthOutOfRange(_:)``.
  public init(
    vocabulary: Vocabulary, contextLength: Int = 52, normalization: TextNormalization = .training
  ) throws(CLIPTextError) {
    guard Self.contextLengths.contains(contextLength) else {
      throw .contextLengthOutOfRange(contextLength)
    }
    self.vocabulary = vocabulary
    self.contextLength = contextLength
    basicTokenizer = BasicTokenizer(normalization: normalization)
    wordPiece = WordPiece(vocabulary: vocabulary)
  }

  /// Tokenizes texts, in their order.
  public func callAsFunction(_ texts: [String]) -> TokenizedTexts {
    var batch = Batch(for: self, expectedTexts: texts.count)
    for var text in texts {
      text.withUTF8 { batch.append($0) }
    }
    return batch.finished()
  }

  /// Tokenizes texts given as UTF-8; malformed bytes are passed over, as in Python's
  /// `bytes.decode("utf-8", "ignore")`.
  public func callAsFunction(utf8 texts: some Collection<some Collection<UInt8>>) -> TokenizedTexts
  {
    var batch = Batch(for: self, expectedTexts: texts.count)
    for text in texts where text.withContiguousStorageIfAvailable({ batch.append($0) }) == nil {
      Array(text).withUnsafeBufferPointer { batch.append($0) }
    }
    return batch.finished()
  }

  /// The same tokenizer for another length, from 2 to 512.
  public func configured(
    contextLength: Int, normalization: TextNormalization? = nil
  ) throws(CLIPTextError) -> BERTTokenizer {
    try BERTTokenizer(
      vocabulary: vocabulary, contextLength: contextLength,
      normalization: normalization ?? self.normalization)
  }

  /// Texts that are being tokenized into one array.
  private struct Batch {
    let tokenizer: BERTTokenizer
    var ids: [Int32] = []
    var offsets = [0]
    var truncatedCount = 0

    init(for tokenizer: BERTTokenizer, expectedTexts: Int) {
      self.tokenizer = tokenizer
      offsets.reserveCapacity(expectedTexts + 1)
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
      ids.append(tokenizer.vocabulary.classID)
      let limit = ids.count + tokenizer.contextLength - 2
      // The last word is split whole, since it may turn out to be unknown; then nothing more of the
      // text is read.
      tokenizer.basicTokenizer.forEachWord(in: text) { word in
        tokenizer.wordPiece.append(word, to: &ids)
        return ids.count <= limit
      }
      if ids.count > limit {
        ids.removeLast(ids.count - limit)
        truncatedCount += 1
      }
      ids.append(tokenizer.vocabulary.separatorID)
      offsets.append(ids.count)
    }

    func finished() -> TokenizedTexts {
      TokenizedTexts(
        ids: ids, offsets: offsets, truncatedCount: truncatedCount,
        paddingID: tokenizer.paddingID, endID: tokenizer.endID)
    }
  }
}

extension BERTTokenizer {
  /// The vocabulary's lines.
  public var vocabularyCount: Int { vocabulary.count }
  /// The id of `[PAD]`.
  public var paddingID: Int32 { vocabulary.paddingID }
  /// The id of `[SEP]`.
  public var endID: Int32? { vocabulary.separatorID }
  /// `vocab.txt`.
  public var files: [TokenizerFile] { [TokenizerFile(name: "vocab.txt", bytes: vocabulary.bytes)] }

  /// The id of a piece, `##` included where the piece continues a word; nil if it is not here.
  public func id(of piece: String) -> Int32? { vocabulary.id(of: piece) }

  /// The piece of an id; nil if no line has this number.
  public func piece(of id: Int32) -> String? { vocabulary.piece(of: id) }
}
