import CLIPModels
import Foundation
import Testing
import Torch
import TorchNN

/// Every way from a trunk's tokens to one vector, against the definition.
@Suite struct PoolingTests {
  static let tower = BERT.Configuration(
    vocabularySize: 60, maximumPositions: 20, tokenTypes: 2, width: 16, layers: 3, heads: 2,
    mlpWidth: 24, activation: .gelu, layerNormEpsilon: 1e-12, dropout: 0.1, projectionBias: false)
  static let poolings: [Pooling] = [
    .first, .last, .mean(countsPadding: false), .mean(countsPadding: true), .max, .pooler,
    .map(heads: 2, mlpWidth: 24, activation: .gelu),
  ]

  /// Three texts of 5, 3 and 4 tokens.
  let ids: Tensor
  let mask: Tensor
  let lengths = [5, 3, 4]

  init() throws {
    try Random.seed(3)
    ids = try Tensor(
      [Int64](arrayLiteral: 2, 9, 8, 7, 3, 2, 11, 3, 0, 0, 2, 12, 13, 3, 0), shape: [3, 5])
    mask = try ids.isNotEqual(to: 0)
  }

  func encoder(
    _ output: OutputConfiguration, dimension: Int = 16, _ parameters: Parameters
  ) throws -> TextEncoder {
    try TextEncoder(
      Self.tower, output: output, embeddingDimension: dimension, in: parameters.root)
  }

  /// The trunk's tokens and inner layers, computed in full.
  func grid(_ parameters: Parameters) throws -> TokenGrid {
    let trunk = try Self.tower.trunk(in: Parameters(from: parameters).root / "bert")
    return try trunk(
      ids, mask: mask, asking: .all, layers: [0, 1, 2], options: .inference)
  }

  /// What a text's tokens, `[length, width]`, and their number should be pooled to.
  func expected(_ pooling: Pooling, _ tokens: Tensor, _ length: Int) throws -> Tensor {
    switch pooling {
    case .first: try tokens.selected(0)
    case .last: try tokens.selected(length - 1)
    case .mean(let countsPadding):
      try (countsPadding ? tokens : tokens.sliced(0..<length)).mean(axis: 0)
    default: try tokens.sliced(0..<length).max(axis: 0)
    }
  }

  @Test(
    "first, last, means and maximum are what their names say",
    arguments: [.first, .last, .mean(countsPadding: false), .mean(countsPadding: true), .max]
      as [Pooling])
  func definitions(pooling: Pooling) throws {
    let parameters = Parameters(from: nil)
    let encoder = try encoder(OutputConfiguration(pooling: pooling, head: Head.none), parameters)
    let found = try encoder(ids, mask: mask, options: .inference).embedding
    let tokens = try grid(parameters).tokens
    for text in 0..<3 {
      try expectClose(
        found.selected(text), expected(pooling, tokens.selected(text), lengths[text]),
        tolerance: 2e-6)
    }
  }

  @Test("the pooler is tanh of a linear map; attention of a learned query is a weighted mean")
  func learned() throws {
    let parameters = Parameters(from: nil)
    let pooler = try encoder(OutputConfiguration(pooling: .pooler, head: Head.none), parameters)
    let weight = try #require(parameters["bert.pooler.dense.weight"])
    let bias = try #require(parameters["bert.pooler.dense.bias"])
    let first = try grid(parameters).tokens.selected(0, axis: 1)
    try expectClose(
      pooler(ids, mask: mask, options: .inference).embedding,
      (first.matmul(weight.transposed()) + bias).tanh())

    let other = Parameters(from: nil)
    let map = try encoder(
      OutputConfiguration(
        pooling: .map(heads: 1, mlpWidth: 8, activation: .relu), head: Head.none), other)
    func parameter(_ name: String) throws -> Tensor { try #require(other["bert.map.\(name)"]) }
    for entry in other.entries where entry.name.hasPrefix("bert.map.") {
      try entry.tensor.copy(from: Random.normal(entry.tensor.shape) * 0.3)
    }
    let tokens = try grid(other).tokens
    let all = try parameter("attn.in_proj_weight").split(3, axis: 0)
    let biases = try parameter("attn.in_proj_bias").split(3, axis: 0)
    let query = try parameter("probe").matmul(all[0].transposed()) + biases[0]  // [1, 1, 16]
    let keys = try tokens.matmul(all[1].transposed()) + biases[1]
    let values = try tokens.matmul(all[2].transposed()) + biases[2]
    let scores = try (query * keys).sum(axis: 2) / 4
    let weights = try scores.filled(-.infinity, where: mask.inverted()).softmax(axis: 1)
    let mixed = try (weights.unsqueezed(2) * values).sum(axis: 1)
    let answer =
      try mixed.matmul(parameter("attn.out_proj.weight").transposed())
      + parameter("attn.out_proj.bias")
    let normal = try answer.layerNormalized(
      weight: parameter("ln.weight"), bias: parameter("ln.bias"), epsilon: 1e-6)
    let hidden = try
      (normal.matmul(parameter("mlp.c_fc.weight").transposed()) + parameter("mlp.c_fc.bias")).relu()
    let expected =
      try answer + hidden.matmul(parameter("mlp.c_proj.weight").transposed())
      + parameter("mlp.c_proj.bias")
    try expectClose(map(ids, mask: mask, options: .inference).embedding, expected)
  }

  @Test("layers are added up or averaged before pooling; -1 is the trunk's output")
  func layers() throws {
    let parameters = Parameters(from: nil)
    let sum = try encoder(
      OutputConfiguration(layers: .sum([1, 2, -1]), pooling: .first, head: Head.none), parameters)
    let mean = try encoder(
      OutputConfiguration(
        layers: .mean([0, 3]), pooling: .mean(countsPadding: true), head: Head.none),
      Parameters(from: parameters))
    let grid = try grid(parameters)
    let (input, one, two) = (
      try #require(grid.layers[0]), try #require(grid.layers[1]), try #require(grid.layers[2])
    )
    try expectClose(
      sum(ids, mask: mask, options: .inference).embedding,
      (one + two + grid.tokens).selected(0, axis: 1))
    try expectClose(
      mean(ids, mask: mask, options: .inference).embedding,
      ((input + grid.tokens) / 2).mean(axis: 1))
  }

  @Test("what is not asked for is not missed: tokens or not, prepared or not", arguments: poolings)
  func savings(pooling: Pooling) throws {
    for head in [Head.linear(bias: true), .mlp(width: 20, activation: .relu)] {
      let parameters = Parameters(from: nil)
      let output = OutputConfiguration(pooling: pooling, head: head)
      let encoder = try encoder(output, dimension: 8, parameters)
      let plain = try encoder(ids, mask: mask, options: .inference)
      let full = try encoder(
        ids, mask: mask, options: EncodingOptions(mode: .inference, wantsTokens: true))
      #expect(plain.tokens == nil && full.tokens?.shape == [3, 5, 8])
      try expectClose(full.embedding, plain.embedding)
      let prepared = try self.encoder(
        output, dimension: 8,
        Parameters(
          from: parameters, numerics: Numerics(dtype: .float32, device: .cpu, prepared: true)))
      try expectClose(
        prepared(ids, mask: mask, options: .inference).embedding, plain.embedding)
      #expect(encoder.countsPadding == (pooling == .mean(countsPadding: true)))
      guard !encoder.countsPadding else { continue }
      let alone = try encoder(
        ids.sliced(1..<2).sliced(0..<3, axis: 1), mask: nil, options: .inference)
      try expectClose(alone.embedding, plain.embedding.sliced(1..<2))
    }
  }

  @Test("a transformer's places are averaged without its class token")
  func pictures() throws {
    let tower = TowersTests.visionTransformer
    let parameters = Parameters(from: nil)
    let output = OutputConfiguration(pooling: .mean(countsPadding: false), head: Head.none)
    let encoder = try ImageEncoder(
      tower, output: output, embeddingDimension: 32, in: parameters.root)
    let images = try Random.normal([2, 3, 32, 32])
    let trunk = try tower.trunk(in: Parameters(from: parameters).root / "visual") {}
    let grid = try trunk(images, asking: .all, layers: [], options: .inference)
    let places = try grid.tokens.sliced(1..<17, axis: 1)
    try expectClose(
      encoder(images, options: .inference).embedding, places.mean(axis: 1))
    let pooled = try encoder.pooled(images, options: .inference)
    try expectClose(pooled, places.mean(axis: 1))
  }

  @Test("a picture's tokens become so many weighted means of its places, by a key of the output")
  func reducer() throws {
    try Random.seed(5)
    let tower = VisionTransformer.Configuration(
      imageSize: 32, patchSize: 8, width: 16, layers: 1, heads: 2, mlpWidth: 24, activation: .gelu)
    func encoder(_ output: OutputConfiguration, _ parameters: Parameters) throws -> ImageEncoder {
      try ImageEncoder(tower, output: output, embeddingDimension: 8, in: parameters.root)
    }
    let reduced = Parameters(from: nil)
    let output = OutputConfiguration(reducer: .attentionMaps(count: 3, groups: 2))
    let images = try Random.normal([2, 3, 32, 32])
    let options = EncodingOptions(mode: .inference, wantsTokens: true)
    let few = try encoder(output, reduced)(images, options: options)
    let all = try encoder(.standard, Parameters(from: reduced))(images, options: options)
    #expect(try (few.embedding - all.embedding).absolute().max().item() == 0)
    let tokens = try #require(few.tokens)
    #expect(tokens.shape == [2, 3, 8])
    #expect(few.special == 0 && few.valid == nil)
    // By hand, place by place.
    func weight(_ name: String) throws -> [Float] {
      try #require(try reduced.tensor(named: "visual.token_reducer.\(name)")).scalars()
    }
    let (mixing, maps) = (try weight("mixing.weight"), try weight("maps.weight"))
    let values = try weight("values.weight")
    func dot(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Float {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func grouped(_ x: [Float], _ weight: [Float]) -> [Float] {
      (0..<8).map { row in
        let group = row / 4 * 4
        return dot(weight[row * 4..<row * 4 + 4], x[group..<group + 4])
      }
    }
    func normalized(_ x: [Float]) -> [Float] {
      let mean = x.reduce(0, +) / 8
      let variance = x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 8
      return x.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }
    let places = try #require(all.tokens).sliced(1..<17, axis: 1)
    for picture in 0..<2 {
      let rows: [[Float]] = try (0..<16).map {
        try places.selected(picture).selected($0).scalars()
      }
      for map in 0..<3 {
        let scores = rows.map { row in
          Double(dot(maps[map * 8..<map * 8 + 8], grouped(normalized(row), mixing)[...]))
        }
        var expected = [Double](repeating: 0, count: 8)
        for (share, row) in zip(Softmax.shares(of: scores), rows) {
          for (column, value) in grouped(row, values).enumerated() {
            expected[column] += share * Double(value)
          }
        }
        let found: [Float] = try tokens.selected(picture).selected(map).scalars()
        for (a, b) in zip(found, expected) { #expect(abs(Double(a) - b) < 1e-5) }
      }
    }
    let json = try JSONEncoder().encode(output)
    #expect(try JSONDecoder().decode(OutputConfiguration.self, from: json) == output)
    #expect(throws: ModelError.self) {
      try encoder(
        OutputConfiguration(reducer: .attentionMaps(count: 3, groups: 3)), Parameters(from: nil))
    }
  }

  @Test("outputs are read from JSON, and what is not said is not written")
  func json() throws {
    var configuration = ModelConfiguration(
      name: "x", embeddingDimension: 16, contextLength: 12,
      image: .visionTransformer(TowersTests.visionTransformer), text: .bert(Self.tower))
    let plain = try #require(String(data: configuration.json(), encoding: .utf8))
    #expect(!plain.contains("output"))
    configuration.textOutput = OutputConfiguration(
      layers: .mean([1, 2, -1]), pooling: .mean(countsPadding: true),
      head: .mlp(width: 8, activation: .relu))
    configuration.imageOutput.pooling = .map(heads: 2, mlpWidth: 64, activation: .gelu)
    let json = try configuration.json()
    #expect(try ModelConfiguration(json: json, file: "x") == configuration)
    func problem(_ old: String, _ new: String) throws -> String {
      let text = try #require(String(data: json, encoding: .utf8)).replacing(old, with: new)
      let error = #expect(throws: ModelError.self) {
        try ModelConfiguration(json: Data(text.utf8), file: "x")
      }
      return error?.description ?? ""
    }
    #expect(try problem("\"map\"", "\"mop\"").contains("'mop' is not known; there are first"))
    #expect(
      try problem("\"heads\" : 2,\n        \"mlp", "\"heads\" : 3,\n        \"mlp")
        .contains("image_output: pooling needs heads that divide the width of 32"))
    #expect(try problem("text_output", "text_outputs").contains("did you mean 'text_output'"))
    #expect(try problem("-1", "9").contains("text_output: layers must name some of 0…3"))
  }
}
