import ArgumentParser
import CLIPImages
import CLIPModels
import CLIPText
import Files
import Foundation

/// `cnclip match`: how well texts fit pictures.
struct MatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Say which of several texts fit pictures best.",
    discussion: """
      For each picture every text is listed with its probability among the texts given and its \
      cosine, best first. Probabilities compare the given texts alone: with one text it is 1. In a \
      model that compares words with places (FILIP, GLoRIA) the cosine is its score of the two.

      Examples:
        cnclip match photo.jpg --texts 一只猫 一辆车 一座山
        cnclip match pokemon.jpeg --texts 杰尼龟 妙蛙种子 小火龙 皮卡丘 \\
          --model ViT-B-16 --checkpoint clip_cn_vit-b-16.pt
      """)

  @Argument(help: "Pictures, or folders of pictures.")
  var images: [String]

  @Option(parsing: .upToNextOption, help: "The texts to compare.")
  var texts: [String]

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let listing = try PicturePaths(images)
    let paths = listing.paths
    let clip = try model.load(decoder: pictures.decoder)
    let tokens = clip.tokenizer(texts)
    TruncationWarning.show(
      count: tokens.truncatedCount, contextLength: clip.tokenizer.contextLength)
    let sentences = try clip.comparable(tokens, of: texts)
    let output = try ResultWriter(path: nil)
    var report = SkippedPictures(listing.failures)
    try clip.comparable(
      pictures: paths.map(PictureInput.init(path:)), warn: { report.warn(paths[$0], $1) },
      handle: { index, outcome in
        switch outcome {
        case .failure(let error): report.add(paths[index], error)
        case .success(let picture):
          let scores = try clip.scores(of: picture, with: sentences)
          let match = Match(
            image: paths[index], texts: texts, cosines: scores,
            probabilities: clip.logits.probabilities(of: scores))
          try output.line(json ? match.json() : match.table)
        }
      })
    try output.finish()
    try report.finish()
  }
}

/// The texts of one picture, best first.
private struct Match: Encodable {
  struct Entry: Encodable {
    let text: String
    let probability: Float
    let cosine: Float
  }

  let image: String
  let matches: [Entry]

  init(image: String, texts: [String], cosines: [Float], probabilities: [Float]) {
    self.image = image
    matches = texts.indices
      .map { Entry(text: texts[$0], probability: probabilities[$0], cosine: cosines[$0]) }
      .sorted { $0.cosine > $1.cosine }
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return try String(decoding: encoder.encode(self), as: UTF8.self)
  }

  var table: String {
    var table = Table([.left, .right, .left, .right])
    for entry in matches {
      let bar = String(
        repeating: "█", count: Int((entry.probability * 20).rounded()))
      table.add(
        "  " + entry.text, String(format: "%.1f%%", 100 * entry.probability), bar,
        String(format: "cosine %.3f", entry.cosine))
    }
    return "\(image.showingControls)\n\(table.text)"
  }
}
