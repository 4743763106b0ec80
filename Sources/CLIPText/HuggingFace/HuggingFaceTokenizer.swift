public import Foundation

/// A tokenizer of Hugging Face, as `tokenizer.json` describes it.
///
/// Its ids are those of PyPI's `tokenizers`: models WordPiece, BPE (of bytes, or with bytes for what
/// is unknown) and Unigram, with the normalisers, pre-tokenizers, added tokens and templates that
/// models of CLIP's kind use. What is not supported is refused by name, never passed over.
public struct HuggingFaceTokenizer: Tokenizer {
  /// The largest file that is read, in bytes; SigLIP 2's has 34 million.
  public static let maximumSize = 64 << 20

  /// The largest number of ids of a text, marks included.
  public let contextLength: Int
  /// The id that fills up a batch.
  public var paddingID: Int32 { definition.settings.paddingID }
  /// Whether the model's texts are padded before their first token.
  public var padsBefore: Bool { definition.settings.padsBefore }
  /// Whether the model attends to padding, since its folder knows of no mask.
  public var attendsToPadding: Bool { definition.settings.attendsToPadding }

  private let definition: Definition

  /// All that does not change with the length.
  private final class Definition: Sendable {
    let file: TokenizerFile
    let settings: TokenizerSettings
    let pipeline: TokenPipeline

    init(file: TokenizerFile, settings: TokenizerSettings, pipeline: TokenPipeline) {
      self.file = file
      self.settings = settings
      self.pipeline = pipeline
    }
  }

  /// Reads a tokenizer from the bytes of its file.
  ///
  /// - Parameters:
  ///   - bytes: The content of `tokenizer.json`.
  ///   - name: What messages call it.
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what cannot be used.
  public init(bytes: [UInt8], name: String = "given") throws(CLIPTextError) {
    try self.init(bytes: bytes, name: name, folder: FolderSettings())
  }

  /// Reads a `tokenizer.json`, and `tokenizer_config.json` and `special_tokens_map.json` beside it,
  /// which say what pads texts, and how long they may be.
  ///
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what cannot be used.
  public init(contentsOf url: URL) throws(CLIPTextError) {
    let file = try TokenizerFile(url, maximumSize: Self.maximumSize)
    try self.init(bytes: file.bytes, name: url.path, folder: FolderSettings(besides: url))
  }

  private init(
    bytes: [UInt8], name: String, folder: FolderSettings
  ) throws(CLIPTextError) {
    guard bytes.count <= Self.maximumSize else {
      throw .tokenizerUnsupported(
        file: name, problem: "it has more than \(Self.maximumSize >> 20) MiB")
    }
    do {
      let (pipeline, settings) = try bytes.withUnsafeBytes { bytes in
        let document = try TokenizerDocument(bytes)
        let pipeline = try TokenPipeline(document)
        return (pipeline, try TokenizerSettings(document, folder, pipeline))
      }
      definition = Definition(
        file: TokenizerFile(name: "tokenizer.json", bytes: bytes), settings: settings,
        pipeline: pipeline)
      contextLength = settings.contextLength
    } catch let problem as TokenizerProblem {
      throw .tokenizerUnsupported(file: name, problem: problem.message)
    } catch {
      throw .tokenizerUnsupported(
        file: name, problem: "it is not the JSON of a tokenizer, \(error)")
    }
  }

  private init(_ definition: Definition, contextLength: Int) {
    self.definition = definition
    self.contextLength = contextLength
  }

  /// Tokenizes texts, in their order.
  public func callAsFunction(_ texts: [String]) -> TokenizedTexts {
    var run = TokenPipeline.Run(definition.pipeline)
    var batch = TokenBatch(
      definition.pipeline.marks, contextLength: contextLength, expectedTexts: texts.count)
    for var text in texts {
      batch.add { ids, limit in text.withUTF8 { run.append($0, to: &ids, limit: limit) } }
    }
    return batch.finished(paddingID: paddingID, padsBefore: padsBefore)
  }

  /// The pieces that a text is split into, as far as it fits, without its marks.
  public func pieces(for text: String) -> [String] {
    let marks = definition.pipeline.marks
    return ids(for: text).dropFirst(marks.before.count).dropLast(marks.behind.count)
      .map { piece(of: $0) ?? "" }
  }

  /// The same tokenizer for another length.
  ///
  /// - Parameters:
  ///   - contextLength: The largest number of ids of a text, from one more than its marks on.
  ///   - normalization: Of no effect: what happens to a text stands in the file.
  /// - Returns: A tokenizer with the same vocabulary.
  /// - Throws: ``CLIPTextError/contextLengthUnusable(_:limits:)``.
  public func configured(
    contextLength: Int, normalization: TextNormalization? = nil
  ) throws(CLIPTextError) -> HuggingFaceTokenizer {
    let limits = definition.pipeline.contextLengths
    guard limits.contains(contextLength) else {
      throw .contextLengthUnusable(contextLength, limits: limits)
    }
    return HuggingFaceTokenizer(definition, contextLength: contextLength)
  }
}

extension HuggingFaceTokenizer {
  /// One more than the highest id.
  public var vocabularyCount: Int { definition.pipeline.pieces.count }
  /// The id that the template puts behind a text; nil where it puts none.
  public var endID: Int32? { definition.pipeline.marks.behind.last }
  /// `tokenizer.json`, and the settings of a folder where they were read.
  public var files: [TokenizerFile] { [definition.file] + definition.settings.files }

  /// Whether words are BERT's in lower case, and their pieces too.
  var isLowercaseBERT: Bool { definition.pipeline.isLowercaseBERT }

  /// The id of a piece or added token; nil if it is not here.
  public func id(of piece: String) -> Int32? { definition.pipeline.pieces.id(of: piece) }

  /// The piece of an id as the file writes it, such as `Ġcat`, `▁猫` or `##ing`.
  public func piece(of id: Int32) -> String? { definition.pipeline.pieces.piece(of: id) }
}
