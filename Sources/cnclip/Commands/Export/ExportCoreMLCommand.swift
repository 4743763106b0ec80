import ArgumentParser
import CLIPExport
import Foundation

/// `cnclip export coreml`: a model's encoders as Core ML packages.
struct ExportCoreMLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coreml",
    abstract: "Write the image and the text encoder as Core ML packages, and check them.",
    discussion: """
      Writes NAME.image.mlpackage (input image, float32 [batch, 3, size, size], normalised as the \
      model wants it; output image_features) and NAME.text.mlpackage (input text, int32 [batch, 52], \
      padded; output text_features), ML Programs for iOS 16, macOS 13 and later, computing in fp16 \
      unless said otherwise. What goes in and comes out is float32.

      Before the packages get their names they are read again and computed on this machine, in half \
      precision where they say so, on drawn pictures and built-in sentences; the table says how near \
      they come to the model. Apple's own runtime is not tried: it runs on Apple's systems alone.

      Example: cnclip export coreml --model ViT-B-16 --output exported --pictures
      """)

  @OptionGroup var options: ExportOptions

  @Option(help: "fp16 or fp32.")
  var precision = ExportPrecision.float16

  @Flag(help: "Store weights in eight bits, with a scale for each output.")
  var int8Weights = false

  @Option(help: "Numbers of pictures or texts at once, with commas between; the first is usual.")
  var batches = "1,2,4,8,16"

  @Flag(
    help: """
      Let the image encoder take a picture, which the system scales and hands over; one at a time. \
      Otherwise it takes normalised numbers.
      """)
  var pictures = false

  @Flag(help: "Give vectors unit length, in an output that is called embedding.")
  var normalize = false

  func run() async throws {
    let numbers = batches.split(separator: ",").map { Int($0.trimmingPrefix(" ")) }
    guard !numbers.isEmpty, !numbers.contains(nil) else {
      throw ValidationError("--batches takes numbers with commas between, as in 1,2,4.")
    }
    let export = CoreMLExport(
      precision: precision, quantizesWeights: int8Weights, batches: numbers.compactMap { $0 },
      takesPictures: pictures, normalizes: normalize, only: options.only)
    let report = try export.write(
      options.open(), to: URL(filePath: options.output), name: options.name)
    let output = try ResultWriter(path: nil)
    for line in try report.lines() { try output.line(line) }
    try output.finish()
  }
}
