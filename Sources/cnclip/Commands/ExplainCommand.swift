import ArgumentParser
import CLIPImages
import CLIPModels
import Files
import Foundation
import Torch

/// `cnclip explain`: which word belongs to which place.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show which words of a text belong to which places of a picture.",
    discussion: """
      Every ideograph, and every other word, gets a weight for each place of a grid over the picture. \
      A model that compares words with places (FILIP, GLoRIA) has such weights; for any other they \
      come from gradients: how much each place speaks for the word rather than for the rest of the \
      text. The method is named. Weights of different words are of different scales: within a word they compare places.

      --output draws the picture, one heat map a word, and each place's best word; it needs \
      FreeType and a Chinese font, which most systems have.

      Examples:
        cnclip explain photo.jpg 草地上的一只猫 --output map.png
        cnclip explain photo.jpg 红苹果和香蕉 --words 红苹果 香蕉 --json
      """)

  @Argument(help: "A picture.")
  var image: String

  @Argument(help: "What is looked for in it.")
  var text: String

  @Option(
    parsing: .upToNextOption,
    help: "Parts of the text that are one word each, and the only ones that are explained.")
  var words: [String] = []

  @OptionGroup var model: ModelSourceOptions
  @OptionGroup var pictures: PictureOptions

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device = "auto"

  @Option(help: ArgumentHelp("Where the drawing goes, a .png.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("A font to write words with, before the system's.", valueName: "file"))
  var font: String?

  @Flag(help: "Print JSON: words, grid [rows, columns], weights row by row for each word, method.")
  var json = false

  func validate() throws {
    if let output, !output.lowercased().hasSuffix(".png") {
      throw ValidationError("--output takes the name of a .png file; --json prints the numbers.")
    }
    guard font == nil || output != nil else {
      throw ValidationError("--font is for the drawing that --output names.")
    }
  }

  func run() async throws {
    let typeface = try output == nil ? nil : self.typeface()
    let data = try reading { () throws(ImageError) in try PictureBytes.read(image) }
    LibTorch.flushDenormals()
    DeviceFallback.warn(device)
    let explainer = try Explainer(
      model.open(), decoder: pictures.decoder, device: Device(named: device))
    let square = try reading { () throws(ImageError) in try explainer.preprocessor(data) }
    if let warning = square.warning { StandardError.line("\(image.showingControls): \(warning)") }
    let explanation = try explainer(square, text, words: words.isEmpty ? nil : words)
    if let output, let typeface {
      let photo = try reading { () throws(ImageError) in
        try explainer.preprocessor.shown(data, side: ExplanationPicture.side)
      }
      try draw(explanation, over: photo, typeface, to: output)
    }
    let writer = try ResultWriter(path: nil)
    if json {
      let encoder = JSONEncoder()
      // One line, the same each time.
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try writer.write(encoder.encode(explanation) + Data("\n".utf8))
    } else {
      try writer.line(Self.table(explanation))
    }
    try writer.finish()
  }

  private func typeface() throws -> Typeface {
    if let font, !FileManager.default.isReadableFile(atPath: font) {
      throw CommandFailure("there is no readable font '\(font)'")
    }
    guard let typeface = Typeface(file: font) else {
      throw CommandFailure(
        "the drawing needs FreeType and a font with Chinese characters (on Debian: apt-get install "
          + "libfreetype6 fonts-noto-cjk); --json prints the numbers without them")
    }
    return typeface
  }

  /// Names the picture in what is wrong with it.
  private func reading<Value>(
    _ body: () throws(ImageError) -> Value
  ) throws(CommandFailure) -> Value {
    do { return try body() } catch { throw CommandFailure("\(image): \(error)") }
  }

  private func draw(
    _ explanation: Explanation, over photo: RGBImage, _ typeface: Typeface, to path: String
  ) throws {
    let most = ExplanationPicture.maximumWords
    guard explanation.words.count <= most else {
      throw CommandFailure(
        "a drawing shows \(most) words at most, and the text has \(explanation.words.count); "
          + "choose some with --words")
    }
    let picture = ExplanationPicture(photo, explanation, text: text, typeface: typeface)
    let writer = try ResultWriter(path: path)
    try writer.write(picture.png())
    try writer.finish()
  }

  /// A grid of shades for each word.
  private static func table(_ explanation: Explanation) -> String {
    let shades: [Character] = ["·", "░", "▒", "▓", "█"]
    let grids = explanation.words.indices.map { word in
      let strengths = explanation.strengths(of: word)
      let rows = (0..<explanation.rows).map { row in
        let places = strengths[row * explanation.columns..<(row + 1) * explanation.columns]
        return "  " + places.map { String(shades[Int(($0 * 4).rounded())]) + " " }.joined()
      }
      return explanation.words[word].showingControls + "\n" + rows.joined(separator: "\n")
    }
    return (grids + ["method: \(explanation.method.rawValue)"]).joined(separator: "\n")
  }
}
