import CLIPModels
import CLIPTraining
import Foundation
import Testing
import Torch

/// Distillation of scores against NumPy's (`distillation` of `Scripts/fixtures/training.py`).
@Suite("Distillation of scores")
struct DistillationTests {
  private struct Golden: Decodable {
    let scale: Double
    let teacherScale: Double
    let images: [[Float]]
    let texts: [[Float]]
    let teacherImages: [[Float]]
    let teacherTexts: [[Float]]
    let loss: Double
    let imageGradient: [[Float]]
  }

  private let golden: Golden
  private let images: Tensor
  private let batch: ObjectiveBatch

  init() throws {
    func tensor(_ rows: [[Float]]) throws -> Tensor {
      try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    golden = try decoder.decode(
      Golden.self,
      from: Data(
        contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/distillation.json")))
    images = try tensor(golden.images)
    try images.setRequiresGradient(true)
    let keys = try Tensor.range(0..<golden.images.count)
    batch = ObjectiveBatch(
      images: Features(embedding: images), texts: Features(embedding: try tensor(golden.texts)),
      imageKeys: keys, textKeys: keys,
      teacher: TeacherFacts(
        images: Features(embedding: try tensor(golden.teacherImages)),
        texts: Features(embedding: try tensor(golden.teacherTexts)), scale: golden.teacherScale,
        interaction: GlobalInteraction()),
      scale: CurrentScale(multiplier: try .full([], golden.scale)))
  }

  @Test("loss and gradient are NumPy's, for a teacher of another width and temperature")
  func term() throws {
    let objective = Objective([(1, ScoreTerm(SoftmaxLoss(), target: TeacherTarget()))])
    let loss = try objective(batch, rows: 0..<batch.count).loss
    #expect(abs(try loss.item() - golden.loss) < 1e-5)
    try loss.backward()
    let gradient = try #require(try images.gradient()).scalars(Float.self)
    #expect(zip(gradient, golden.imageGradient.joined()).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(gradient.count == golden.images.count * golden.images[0].count)
  }

  @Test("the short form adds it with its weight, and parts of the rows add up to it")
  func shortForm() throws {
    var configuration = ObjectiveConfiguration()
    func loss(_ rows: Range<Int>) throws -> Double {
      try configuration.objective(batch, rows: rows).loss.item()
    }
    let plain = try loss(0..<batch.count)
    var distillation = DistillationConfiguration(teacher: "any")
    distillation.imageWeight = 0
    distillation.logitWeight = 0.7
    configuration.distillation = distillation
    let taught = try loss(0..<batch.count)
    #expect(abs(taught - plain - 0.7 * golden.loss) < 1e-5)
    #expect(abs(try loss(0..<2) + loss(2..<batch.count) - taught) < 1e-5)
  }
}
