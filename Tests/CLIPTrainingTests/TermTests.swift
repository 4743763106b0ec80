import CLIPModels
import CLIPText
import CLIPTraining
import Foundation
import Testing
import Torch
import TorchNN

/// Losses, targets and scales as terms, against values of `Scripts/fixtures/objectives.py` (NumPy).
@Suite struct TermTests {
  struct Golden: Decodable {
    let images, texts, teacherImages, teacherTexts: [[Float]]
    let imageLabels, textLabels: [[Float]]
    let values: [String: Double]
    let targets: [String: [[Float]]]
  }

  let golden: Golden

  init() throws {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/objectives.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    golden = try decoder.decode(Golden.self, from: Data(contentsOf: url))
  }

  func matrix(_ rows: [[Float]]) throws -> Tensor {
    try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }

  func batch(
    _ images: Tensor? = nil, _ texts: Tensor? = nil, scale: CurrentScale? = nil
  ) throws -> ObjectiveBatch {
    func features(_ rows: [[Float]], _ given: Tensor?) throws -> Features {
      try Features(embedding: given ?? matrix(rows)).normalized(keepsRaw: true)
    }
    return ObjectiveBatch(
      images: try features(golden.images, images), texts: try features(golden.texts, texts),
      imageKeys: try Tensor([Int64](arrayLiteral: 1, 1, 2, 3), shape: [4]),
      textKeys: try Tensor([Int64](arrayLiteral: 1, 2, 3, 3), shape: [4]),
      imageLabels: try matrix(golden.imageLabels), textLabels: try matrix(golden.textLabels),
      teacher: TeacherFacts(
        images: try features(golden.teacherImages, nil),
        texts: try features(golden.teacherTexts, nil), scale: 7,
        interaction: GlobalInteraction()),
      scale: try scale ?? CurrentScale(multiplier: .full([], 5), bias: .full([], -2)))
  }

  static let terms: [String: TermConfiguration] = [
    "softmax": TermConfiguration(target: .identity),
    "softmax_smoothed": TermConfiguration(target: .identity, labelSmoothing: 0.1),
    "softmax_weighted": TermConfiguration(
      .softmax(imageToText: 0.75, textToImage: 0.25), target: .identity, scale: 10),
    "softmax_duplicates": TermConfiguration(),
    "softmax_labels": TermConfiguration(target: .labels(.dot)),
    "softmax_labels_cosine": TermConfiguration(target: .labels(.cosine)),
    "softmax_teacher": TermConfiguration(target: .teacher),
    "sigmoid": TermConfiguration(.sigmoid, target: .identity),
    "sigmoid_duplicates": TermConfiguration(.sigmoid),
    "cosine_image": TermConfiguration(.distance(.image, of: .cosine)),
    "squared_text": TermConfiguration(.distance(.text, of: .squared)),
    "similarities_text": TermConfiguration(.similarities(.text), scale: 6),
  ]

  @Test("every term has NumPy's value, and its parts add up", arguments: terms.keys.sorted())
  func values(name: String) throws {
    let term = try #require(Self.terms[name])
    #expect(term.problem == nil)
    let expected = try #require(golden.values[name])
    var configuration = ObjectiveConfiguration()
    configuration.terms = [term]
    let objective = configuration.objective
    let whole = try objective(batch(), rows: 0..<4).loss.item()
    #expect(abs(whole - expected) < 1e-5 * max(1, abs(expected)), "\(whole), \(expected)")
    let parts = try [0..<1, 1..<4].map { try objective(batch(), rows: $0).loss.item() }
    #expect(abs(parts[0] + parts[1] - whole) < 1e-5)
  }

  @Test("every term's gradient is its slope", arguments: terms.keys.sorted())
  func gradients(name: String) throws {
    var configuration = ObjectiveConfiguration()
    configuration.terms = [try #require(Self.terms[name])]
    let objective = configuration.objective
    let (images, texts) = (try matrix(golden.images), try matrix(golden.texts))
    let (multiplier, bias) = (try Tensor.full([], 5), try Tensor.full([], -2))
    let leaves = [images, texts, multiplier, bias]
    for leaf in leaves { try leaf.setRequiresGradient(true) }
    func loss() throws -> Tensor {
      try objective(
        batch(images, texts, scale: CurrentScale(multiplier: multiplier, bias: bias)), rows: 0..<4
      ).loss
    }
    try loss().backward()
    for leaf in leaves {
      let gradient = try leaf.gradient() ?? .zeros(leaf.shape)
      let direction = try Random.normal(leaf.shape)
      let slope = try (gradient * direction).sum().item()
      let start = try leaf.detached().clone()
      func moved(_ step: Double) throws -> Double {
        try withoutGradients {
          try leaf.copy(from: start + direction * step)
          return try loss().item()
        }
      }
      let measured = try (moved(2e-3) - moved(-2e-3)) / 4e-3
      try withoutGradients { try leaf.copy(from: start) }
      #expect(abs(measured - slope) < 2e-2 * max(0.1, abs(slope)), "\(slope), \(measured)")
    }
  }

  @Test("targets from labels are MedCLIP's, one for each way")
  func labels() throws {
    let targets = try LabelsTarget()(batch(), rows: 0..<4)
    for (found, name) in [
      (targets.imageToText, "labels_image_to_text"), (targets.textToImage, "labels_text_to_image"),
    ] {
      let expected = try matrix(#require(golden.targets[name]))
      #expect(try (found.probabilities - expected).absolute().max().item() < 1e-6)
    }
    // The worked example: row 0 of softmax([1 0 0]).
    let example = try Tensor([Float](arrayLiteral: 1, 0, 0), shape: [1, 3]).softmax(axis: 1)
      .scalars(Float.self)
    #expect(zip(example, [0.5761, 0.2119, 0.2119]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test("terms are read from JSON; the short form means the same, and the two do not mix")
  func json() throws {
    func objective(_ json: String) throws -> ObjectiveConfiguration {
      try ConfigurationFile.decode(
        RunFile.self, from: Data("{\"objective\": \(json)}".utf8), file: "run.json"
      ).objective
    }
    let read = try objective(
      """
      {"terms": [{"loss": {"softmax": {"image_to_text": 0.75, "text_to_image": 0.25}},
        "target": "identity", "scale": 10},
        {"loss": {"distance": {"side": "text", "of": "squared"}}, "weight": 2},
        {"loss": {"similarities": {"side": "text"}}, "scale": 20},
        {"loss": "softmax", "target": {"labels": {"by": "cosine"}}}],
       "teacher": {"model": "embedded"}}
      """)
    #expect(
      read.terms == [
        TermConfiguration(
          .softmax(imageToText: 0.75, textToImage: 0.25), target: .identity, scale: 10),
        TermConfiguration(.distance(.text, of: .squared), weight: 2),
        TermConfiguration(.similarities(.text), scale: 20),
        TermConfiguration(target: .labels(.cosine)),
      ])
    let written = try #require(
      String(data: ConfigurationFile.encode(read), encoding: .utf8))
    #expect(try objective(written) == read)
    let short = try objective(
      #"{"positives": "identity", "distillation": {"teacher": "x", "logit_weight": 0.5}}"#)
    #expect(
      short.allTerms == [
        TermConfiguration(target: .identity),
        TermConfiguration(.distance(.image, of: .cosine), weight: 0.5),
        TermConfiguration(.distance(.text, of: .cosine), weight: 0),
        TermConfiguration(weight: 0.5, target: .teacher),
      ])
    for (json, sentence) in [
      (#"{"terms": [], "positives": "identity"}"#, "'positives' belongs to the short form"),
      (#"{"teacher": {"model": "x"}}"#, "'teacher' needs 'terms'"),
      (#"{"terms": [{"loss": "sigmiod"}]}"#, "'sigmiod' is not known; there are softmax"),
      (
        #"{"terms": [{"loss": "sigmoid", "wieght": 1}]}"#,
        "did you mean 'objective.terms[0].weight'"
      ),
    ] {
      let error = #expect(throws: ModelError.self) { try objective(json) }
      #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    }
  }

  @Test("what a term cannot be is said")
  func problems() {
    for (term, sentence) in [
      (TermConfiguration(.sigmoid, target: .labels(.dot)), "yes or no"),
      (TermConfiguration(.sigmoid, labelSmoothing: 0.1), "yes or no"),
      (TermConfiguration(.distance(.image, of: .cosine), scale: 2), "has no target"),
      (TermConfiguration(.similarities(.text), target: .identity), "no target, smoothing"),
      (TermConfiguration(weight: -1), "weight of 0 or more"),
      (TermConfiguration(.softmax(imageToText: 0, textToImage: 0)), "one above"),
    ] {
      #expect(term.problem?.contains(sentence) == true)
    }
  }

  @Test("a scale is an exponential, a divisor or a number, with or without a bias")
  func scales() throws {
    let model = try ParityFixture().model().configuration
    for (scale, multiplier, names) in [
      (
        ScaleConfiguration(.exponential(start: 2), bias: -10), exp(2),
        ["logit_scale", "logit_bias"]
      ),
      (ScaleConfiguration(.divisor(start: 0.25)), 4, ["temperature"]),
      (ScaleConfiguration(.fixed(10)), 10, []),
    ] as [(ScaleConfiguration, Double, [String])] {
      var configuration = model
      configuration.scale = scale
      let read = try ModelConfiguration(json: configuration.json(), file: "x")
      #expect(read == configuration)
      let trainable = try TrainableModel(
        read, from: nil, random: ["*"], tokenizer: ParityFixture().model().tokenizer,
        device: .cpu)
      let current = try trainable.encoder.scale.current()
      #expect(abs(try current.multiplier.item() - multiplier) < 1e-5)
      #expect(try current(.full([1], 0.5)).item() - multiplier / 2 - (scale.bias ?? 0) < 1e-5)
      let shared = trainable.encoder.parameters.entries.filter { $0.part == .shared }
      #expect(shared.map(\.name) == names)
      try trainable.encoder.parameters.freeze(.none)
      try trainable.encoder.scale.clamp(0...1)
      let logarithm = try trainable.encoder.scale.logarithm()
      #expect(abs(logarithm - (names.isEmpty ? log(10) : 1)) < 1e-5)
    }
  }
}

/// A run file that says nothing but what is minimised.
private struct RunFile: Codable {
  var objective: ObjectiveConfiguration
}
