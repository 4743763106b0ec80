import ArgumentParser
import CLIPText
import Foundation

/// `cnclip tokenize`: token ids, one JSON array a line.
struct TokenizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Print the token ids of texts.",
    discussion: """
      Every line of the input is a text, the empty line too. Every line of the output is a JSON \
      array of ids, padded to the context length.

      Example: echo 一只可爱的猫 | cnclip tokenize -
      """)

  @Argument(help: "A file with one text a line, or - for standard input.")
  var file: String

  @Option(
    help: """
      Ids a text is cut or padded to; by default the tokenizer's own length, 52 for Chinese-CLIP's.
      """)
  var contextLength: Int?

  @Option(
    help: """
      training: lower-case and straight quotes first, as in the original's training and \
      evaluation (default); api: as its clip.tokenize. Of Chinese-CLIP's tokenizer alone.
      """)
  var textNormalization: TextNormalization?

  @Option(help: "A vocabulary with one entry a line; by default Google's Chinese BERT's.")
  var vocab: String?

  @Option(
    help: ArgumentHelp(
      """
      Another tokenizer: Hugging Face's tokenizer.json, OpenAI's bpe_simple_vocab_16e6.txt.gz, or a \
      model folder that has one.
      """, valueName: "file|folder"))
  var tokenizer: String?

  func validate() throws {
    guard vocab == nil || tokenizer == nil else {
      throw ValidationError("Either --vocab or --tokenizer can be given, not both.")
    }
  }

  func run() async throws {
    let tokenizer = try openTokenizer()
    let contextLength = tokenizer.contextLength
    let output = try ResultWriter(path: nil)
    var truncated = 0
    for chunk in try TextLines(path: file).chunks(of: 4096) {
      let tokens = tokenizer(chunk)
      truncated += tokens.truncatedCount
      let ids = tokens.padded(to: contextLength)
      for row in 0..<tokens.count {
        let cells = ids[row * contextLength..<(row + 1) * contextLength]
        try output.line("[" + cells.map(String.init).joined(separator: ", ") + "]")
      }
    }
    try output.finish()
    TruncationWarning.show(count: truncated, contextLength: contextLength)
  }

  private func openTokenizer() throws -> any Tokenizer {
    guard let path = tokenizer else {
      let vocabulary =
        try vocab.map { try Vocabulary(contentsOf: URL(filePath: $0)) } ?? .bundled()
      return try BERTTokenizer(
        vocabulary: vocabulary, contextLength: contextLength ?? 52,
        normalization: textNormalization ?? .training)
    }
    let tokenizer = try TokenizerKind.open(URL(filePath: path))
    guard textNormalization == nil || tokenizer is BERTTokenizer else {
      throw ValidationError(
        "--text-normalization is a choice of Chinese-CLIP's tokenizer; \(path) is another kind, and "
          + "says itself what happens to a text.")
    }
    return try tokenizer.configured(
      contextLength: contextLength ?? tokenizer.contextLength, normalization: textNormalization)
  }
}
