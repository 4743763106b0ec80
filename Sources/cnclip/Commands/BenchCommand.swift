import ArgumentParser
import CLIPImages
import CLIPModels
import Foundation
import Torch
import TorchNN

/// `cnclip bench`.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a model is on this machine, stage by stage.",
    discussion: """
      Beside the stages it measures how fast the machine multiplies matrices at the same \
      precision, and says what share of that each network reaches. A preset without weights is \
      measured with random ones. Compare only figures of one run: machines are noisy.

      Example: cnclip bench --model ViT-B-16 --precision bf16
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var profile: ProfileOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Pictures, or texts, that go through the network at once.", valueName: "n"))
  var batchSizes = [1, 8, 32]

  @Option(help: ArgumentHelp("How long to measure each stage.", valueName: "seconds"))
  var seconds = 2.0

  @Option(
    help: ArgumentHelp(
      "The picture to read; by default one of 2048 × 1536 pixels is made.", valueName: "file"))
  var picture: String?

  @Option(
    help: ArgumentHelp(
      """
      wall, or processor: the time that the processors spend, which with --threads 1 says most \
      on a busy machine.
      """))
  var clock = Timings.Clock.wall

  @Option(help: ArgumentHelp("Measure only stages that begin so.", valueName: "name"))
  var only: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard !batchSizes.isEmpty, batchSizes.allSatisfy({ (1...4096).contains($0) }) else {
      throw ValidationError("--batch-sizes takes numbers from 1 to 4096.")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds takes a number above 0, at most 3600.")
    }
  }

  func run() async throws {
    let (clip, isUntrained) = try load()
    let bytes = try picture.map { try Data(contentsOf: URL(filePath: $0)) } ?? Self.sample()
    let benchmark = try Benchmark(of: clip, seconds: seconds, clock: clock)
    var stages: [Benchmark.Stage] = []
    try profile.recording {
      stages = try benchmark.run(
        picture: bytes, sentences: Self.sentences, batchSizes: batchSizes,
        only: only
      ) { StandardError.line("measuring \($0)") }
    }
    let report = Report(
      model: clip.name, hasRandomWeights: isUntrained,
      precision: clip.encoder.parameters.numerics.dtype.rawValue, device: "\(clip.device)",
      threads: LibTorch.threads, clock: clock.rawValue, torch: LibTorch.version,
      instructions: LibTorch.cpuCapability,
      matrixRate: benchmark.matrixRate, stages: stages)
    print(json ? try report.json() : report.text)
  }

  private func load() throws -> (CLIP, isUntrained: Bool) {
    do {
      return (try model.load(), false)
    } catch ModelError.weightsNeeded(let preset) {
      return (
        try CLIP.untrained(
          preset, device: Device(named: model.device), precision: model.precision), true
      )
    }
  }

  /// A photograph's worth of pixels: smooth shapes with some grain, as JPEG likes neither alone.
  private static func sample() throws -> Data {
    let (width, height) = (2048, 1536)
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    var noise: UInt32 = 1
    for row in 0..<height {
      for column in 0..<width {
        noise = noise &* 1_664_525 &+ 1_013_904_223
        let grain = Int(noise >> 28)
        let wave = 60 * sin(Double(row) / 90) * cos(Double(column) / 130)
        let at = (row * width + column) * 3
        for channel in 0..<3 {
          pixels[at + channel] = UInt8(
            clamping: 110 + 20 * channel + Int(wave) * (channel + 1) / 2 + grain)
        }
      }
    }
    return try PictureWriter.jpeg(RGBImage(width: width, height: height, pixels: pixels))
  }

  /// Captions as people write them, 5 to 20 characters.
  private static let sentences = [
    "一只可爱的小猫趴在键盘上", "夕阳下的海滩", "高铁站台上等车的人们", "红烧牛肉面", "雪山脚下的湖泊",
    "两个孩子在公园里放风筝", "城市夜景，灯火通明", "白色连衣裙", "老式自行车靠在砖墙边", "一杯拿铁和一本翻开的书",
    "穿校服的学生排队上车", "竹林里的大熊猫", "木质餐桌", "雨中打伞的行人", "足球比赛进球瞬间", "手写的毛笔字",
  ]

  private struct Report: Encodable {
    let model: String
    let hasRandomWeights: Bool
    let precision: String
    let device: String
    let threads: Int
    let clock: String
    let torch: String
    let instructions: String
    let matrixRate: Double
    let stages: [Benchmark.Stage]

    func json() throws -> String {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try String(decoding: encoder.encode(self), as: UTF8.self)
    }

    var text: String {
      var table = Table([.left, .right, .right, .right, .right, .right, .right])
      table.add("stage", "batch", "a second", "median", "p95", "p99", "of peak")
      for stage in stages {
        table.add(
          stage.name, String(stage.batch), String(format: "%.1f", stage.rate),
          Self.milliseconds(stage.latency.median), Self.milliseconds(stage.latency.percentile95),
          Self.milliseconds(stage.latency.percentile99),
          stage.fraction.map { String(format: "%.0f %%", 100 * $0) } ?? "")
      }
      return """
        \(model)\(hasRandomWeights ? " with random weights" : ""), \(precision) on \(device), \
        \(threads) threads, \(clock) clock, LibTorch \(torch), \(instructions)
        bare matrix products: \(String(format: "%.0f", matrixRate / 1e9)) GFLOP/s

        \(table.text)
        """
    }

    private static func milliseconds(_ seconds: Double) -> String {
      String(format: "%.2f ms", 1000 * seconds)
    }
  }
}
