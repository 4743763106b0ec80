/// Turns texts into the ids that a text encoder reads.
///
/// What an encoder has to know of its texts (how long, what fills up a batch, what ends a text) it
/// learns from here. ``BERTTokenizer`` is Chinese-CLIP's; a new kind is a file with a type that
/// conforms, and a line in `TokenizerKind.all`.
public protocol Tokenizer: Sendable {
  /// The largest number of ids of a text, those that mark its beginning and end included.
  var contextLength: Int { get }
  /// How many ids there are: the rows of the embedding table, unreachable ones included.
  var vocabularyCount: Int { get }
  /// The id that fills up a batch.
  var paddingID: Int32 { get }
  /// The id that ends every text, also one that was cut; nil: texts just end.
  var endID: Int32? { get }
  /// Whether a batch is filled up before its texts instead of behind them.
  var padsBefore: Bool { get }
  /// Whether encoders attend to what fills up a text, as SigLIP's do, which were trained so: every text
  /// then has to be filled up to the context length.
  var attendsToPadding: Bool { get }
  /// What a model folder holds of it; of equal files come equal ids.
  var files: [TokenizerFile] { get }

  /// The id of a piece; nil if it is not in the vocabulary.
  func id(of piece: String) -> Int32?

  /// The piece of an id; nil if the vocabulary has no such id.
  func piece(of id: Int32) -> String?

  /// Tokenizes texts, in their order; it never fails.
  func callAsFunction(_ texts: [String]) -> TokenizedTexts

  /// The pieces that a text is split into, for showing what the model sees; those that mark its
  /// beginning and end are left out.
  func pieces(for text: String) -> [String]

  /// The same tokenizer for another length.
  ///
  /// - Parameters:
  ///   - contextLength: The largest number of ids of a text.
  ///   - normalization: What happens to a text first; nil: what it is now. A choice between Chinese-CLIP's
  ///     two; tokenizers of other families have one of their own, and keep it.
  /// - Returns: A tokenizer with the same vocabulary.
  /// - Throws: ``CLIPTextError`` for a length, or a normalisation, that it does not have.
  func configured(
    contextLength: Int, normalization: TextNormalization?
  ) throws(CLIPTextError) -> Self
}

/// A file that a tokenizer is made of.
public struct TokenizerFile: Sendable, Hashable {
  /// Its name in a model folder, such as `vocab.txt`.
  public let name: String
  /// Its content.
  public let bytes: [UInt8]

  /// Joins name and content.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

extension Tokenizer {
  /// The ids of one text, without padding.
  public func ids(for text: String) -> [Int32] { self([text]).ids }

  /// Behind their texts.
  public var padsBefore: Bool { false }
  /// They do not.
  public var attendsToPadding: Bool { false }

  /// Whether another tokenizer gives the same ids, but for length and normalisation.
  public func sharesVocabulary(with other: any Tokenizer) -> Bool { files == other.files }
}
