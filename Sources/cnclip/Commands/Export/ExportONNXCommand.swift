import ArgumentParser
import CLIPExport
import Foundation

/// `cnclip export onnx`: a model's encoders as ONNX files.
struct ExportONNXCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write the image and the text encoder as ONNX files, and check them.",
    discussion: """
      Writes NAME.img.PRECISION.onnx (input image, float32 [batch, 3, size, size], normalised as the \
      model wants it; output unnorm_image_features) and NAME.txt.PRECISION.onnx (input text, int32 \
      [batch, 52], padded; output unnorm_text_features), for any batch, from the encoders that run. \
      Weights of more than 1 GiB lie beside them in NAME….onnx.data.

      Before the files get their names they are read again and run on drawn pictures and built-in \
      sentences; the table says how near their features come to the model's, and a file that computes \
      something else is an error.

      fp16 and bf16 keep statistics, softmax and mask in fp32, in the graph itself, which is all that \
      TensorRT 11 looks at. int8 keeps weights in eight bits with a scale for each output.

      Example: cnclip export onnx --model ViT-B-16 --output exported --precision fp16
      """)

  @OptionGroup var options: ExportOptions

  @Option(help: "fp32, fp16, bf16 or int8.")
  var precision = ExportPrecision.float32

  @Option(help: "The version of ONNX's operators, from 17 to 25; TensorRT 8 wants 17.")
  var opset = 18

  @Option(help: "A fixed number of pictures or texts at once; by default any.")
  var batch: Int?

  @Flag(help: "Give vectors unit length, in an output that is called embedding.")
  var normalize = false

  @Flag(
    help: """
      Take 8-bit pixels of the model's size, uint8 [batch, size, size, 3], and normalise them in the \
      graph.
      """)
  var pixels = false

  @Option(
    help: """
      Names and folders for a program: original, immich (a folder of its model cache), mt-photos, or \
      triton (a model repository).
      """)
  var layout = ExportLayout.original

  @Flag(
    name: .customLong("tensorrt"),
    help: "Write and print what builds TensorRT's engines, and a script that judges them.")
  var tensorRT = false

  @Option(
    help: ArgumentHelp(
      "A data set to count recall on, of the model and of the files; see 'cnclip dataset'.",
      valueName: "folder"))
  var data: String?

  @Option(help: "The part of --data; by default valid.")
  var split: String?

  func validate() throws {
    guard split == nil || data != nil else {
      throw ValidationError("--split says which part of --data; give that too.")
    }
    guard data == nil || options.only == nil else {
      throw ValidationError("--data counts recall with both encoders; leave --only out.")
    }
  }

  func run() async throws {
    let model = try options.open()
    let recall = try data.map {
      try ExportRecall(data: $0, split: split ?? "valid", model: model)
    }
    var export = ONNXExport(
      precision: precision, opset: opset, batch: batch, normalizes: normalize, takesPixels: pixels,
      only: options.only, layout: layout, forTensorRT: tensorRT)
    export.producerVersion = ChineseCLIPCommand.configuration.version
    let report = try export.write(model, to: URL(filePath: options.output), name: options.name)
    let output = try ResultWriter(path: nil)
    for line in try report.lines() { try output.line(line) }
    if let table = try recall?.table(of: report) { try output.line("\n\(table)") }
    for version in report.tensorRT == nil ? [] : TensorRTFiles.versions {
      try output.line("\nTensorRT \(version):")
      for line in report.tensorRT?.lines(version: version) ?? [] { try output.line(line) }
    }
    try output.finish()
  }
}
