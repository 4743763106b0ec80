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
      array of ids, padded with 0 to the context length.

      Example: echo 一只可爱的猫 | cnclip tokenize -
      """)

  @Argument(help: "A file with one text a line, or - for standard input.")
  var file: String

  @Option(help: "Ids a text is cut or padded to, from 2 to 512.")
  var contextLength = 52

  @Option(
    help: """
      training: lower-case and straight quotes first, as in the original's training and \
      evaluation; api: as its clip.tokenize.
      """)
  var textNormalization = TextNormalization.training

  @Option(help: "A vocabulary with one entry a line; by default Google's Chinese BERT's.")
  var vocab: String?

  func run() async throws {
    let vocabulary =
      try vocab.map { try Vocabulary(contentsOf: URL(filePath: $0)) } ?? .bundled()
    let tokenizer = try BERTTokenizer(
      vocabulary: vocabulary, contextLength: contextLength, normalization: textNormalization)
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
}
