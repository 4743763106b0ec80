import Foundation
import TestSupport
import Testing

/// Pairs, and a model of random weights that the command itself made of them, in a folder.
struct TinyModel {
  let folder: TemporaryFolder
  /// The folder of the pairs.
  var data: String { folder.url.appending(path: "data").path }
  /// The model's folder.
  var path: String { folder.url.appending(path: "run/best").path }

  /// A ViT and a BERT of a few thousand weights; the keys are those of a run file's `architecture`.
  static let architecture = """
    {"name": "tiny", "embedding_dimension": 16, "context_length": 12,
     "image": {"vision_transformer": {"image_size": 16, "patch_size": 8, "width": 128, "layers": 2,
       "heads": 2, "mlp_width": 64, "activation": "quick_gelu"}},
     "text": {"bert": {"vocabulary_size": 60, "maximum_positions": 16, "token_types": 2,
       "width": 64, "layers": 2, "heads": 1, "mlp_width": 48, "activation": "gelu",
       "layer_norm_epsilon": 1e-12, "dropout": 0.1, "projection_bias": false}},
     "preprocessing": {"conversion_order": "resize_first",
       "mean": [0.48145466, 0.4578275, 0.40821073],
       "standard_deviation": [0.26862954, 0.26130258, 0.27577711]}}
    """

  /// Made once: each test gets a copy.
  private static let original = Result { try TinyModel(in: TemporaryFolder()) }

  init() throws {
    let original = try Self.original.get().folder
    folder = try TemporaryFolder()
    for name in original.content {
      try FileManager.default.copyItem(
        at: original.url.appending(path: name), to: folder.url.appending(path: name))
    }
  }

  private init(in folder: TemporaryFolder) throws {
    self.folder = folder
    try TinyPairs.write(to: folder.url.appending(path: "data"))
    try folder.write(TinyPairs.bitmap(3, side: 40), to: "picture.bmp")
    try runFile("start.json", steps: 1, rate: 1e-9)
    let made = try run("train", "start.json", "--output", "run")
    #expect(made.status == 0, "\(made)")
  }

  /// Writes a run file of one stage; `extra` is more of its JSON, `model` what it starts from.
  func runFile(
    _ name: String, steps: Int, rate: Double, batch: Int = 8, model: String? = nil,
    extra: String = ""
  ) throws {
    let start =
      model.map { "{\"from\": \"\($0)\"}" }
      ?? "{\"architecture\": \(Self.architecture), \"vocabulary\": \"data/vocab.txt\"}"
    try folder.write(
      """
      {"model": \(start), "device": "cpu", "log_interval": 1, \(extra)
       "data": {"train": {"path": "data", "split": "train"}},
       "stages": [{"name": "both", "steps": \(steps), "batch_size": \(batch), "learning_rate": \(rate),
         "warmup_steps": 0}]}
      """, to: name)
  }

  /// Runs the command in the folder.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Command.Outcome {
    try Command.run(arguments, in: folder.url, environment: environment)
  }

  /// Whether something is there, by its name in the folder.
  func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.url.appending(path: name).path)
  }

  /// A copy of the model under another name, its safetensors file changed.
  func copy(_ name: String, _ change: (inout Safetensors) throws -> Void = { _ in }) throws {
    let copy = folder.url.appending(path: name)
    try FileManager.default.copyItem(at: URL(filePath: path), to: copy)
    let weights = copy.appending(path: "model.safetensors")
    var file = try Safetensors(Data(contentsOf: weights))
    try change(&file)
    try file.data().write(to: weights)
  }
}

/// A safetensors file taken apart, to be changed and put together again.
struct Safetensors {
  /// Tensors by name, with `dtype`, `shape` and `data_offsets`; and `__metadata__`.
  var header: [String: [String: Any]]
  var body: Data

  init(_ data: Data) throws {
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    header = try #require(
      JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length))
        as? [String: [String: Any]])
    body = Data(data.dropFirst(8 + length))
  }

  func data() throws -> Data {
    let head = try JSONSerialization.data(withJSONObject: header)
    return withUnsafeBytes(of: UInt64(head.count).littleEndian) { Data($0) } + head + body
  }

  /// Writes a number into the first element of a tensor.
  mutating func set(_ name: String, _ value: Float) throws {
    let offsets = try #require(header[name]?["data_offsets"] as? [Int])
    withUnsafeBytes(of: value.bitPattern.littleEndian) {
      body.replaceSubrange(offsets[0]..<offsets[0] + 4, with: $0)
    }
  }

  /// Gives tensors other names.
  mutating func rename(_ change: (String) -> String) {
    header = Dictionary(
      uniqueKeysWithValues: header.map {
        ($0.key == "__metadata__" ? $0.key : change($0.key), $0.value)
      })
  }
}
