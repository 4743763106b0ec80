import CLIPModels
import CLIPTraining
import Foundation
import Testing
import Torch

/// Losses that can be worked out by hand.
@Suite struct ObjectiveTests {
  func loss(
    _ images: [[Float]], _ texts: [[Float]], imageKeys: [Int64]? = nil, textKeys: [Int64]? = nil,
    scale: Double = 2, rows: Range<Int>? = nil,
    _ change: (inout ObjectiveConfiguration) -> Void = { _ in }
  ) throws -> Double {
    var configuration = ObjectiveConfiguration()
    change(&configuration)
    let count = images.count
    let standard = (0..<count).map(Int64.init)
    let batch = ObjectiveBatch(
      images: Features(
        embedding: try Tensor(images.flatMap { $0 }, shape: [count, images[0].count])),
      texts: Features(embedding: try Tensor(texts.flatMap { $0 }, shape: [count, texts[0].count])),
      imageKeys: try Tensor(imageKeys ?? standard, shape: [count]),
      textKeys: try Tensor(textKeys ?? standard, shape: [count]),
      scale: CurrentScale(multiplier: try .full([], scale)))
    return try configuration.objective(batch, rows: rows ?? 0..<count).loss.item()
  }

  @Test("orthogonal pairs of two have the loss of a two-way softmax")
  func twoByTwo() throws {
    let unit: [[Float]] = [[1, 0], [0, 1]]
    let expected = log(1 + exp(-2.0))
    #expect(abs(try loss(unit, unit) - expected) < 1e-6)
  }

  @Test("features that say nothing have the loss of guessing")
  func guessing() throws {
    let same = [[Float]](repeating: [0.6, 0.8], count: 8)
    #expect(abs(try loss(same, same) - log(8)) < 1e-6)
  }

  @Test("equal captions do not raise the loss")
  func duplicates() throws {
    let unit: [[Float]] = [[1, 0], [1, 0], [0, 1]]
    let identity = try loss(unit, unit, textKeys: [7, 7, 9], scale: 50) {
      $0.positives = .identity
    }
    let multiple = try loss(unit, unit, textKeys: [7, 7, 9], scale: 50)
    // Two answers that cannot be told apart: ln 2 in both cases, but it is the least there is only
    // where both count as right.
    #expect(abs(identity - 2 * log(2) / 3) < 1e-6)
    #expect(abs(multiple - identity) < 1e-6)
    let images: [[Float]] = [[1, 0], [0.8, 0.6], [0, 1]]
    let texts: [[Float]] = [[1, 0], [0.6, 0.8], [0, 1]]
    let apart = try loss(images, texts, textKeys: [7, 7, 9])
    let apartIdentity = try loss(images, texts, textKeys: [7, 7, 9]) { $0.positives = .identity }
    // Half of each of the two logits, in place of the own one, in two of three rows, both ways.
    let difference = 2 * ((1 + 0.96) - (1 + 0.6 + 0.8 + 0.96) / 2) / 3
    #expect(abs(apart - apartIdentity - difference) < 1e-5)
  }

  @Test("smoothing mixes the target with the uniform one")
  func smoothing() throws {
    let unit: [[Float]] = [[1, 0], [0, 1]]
    let right = log(1 + exp(-2.0))
    let expected = 0.9 * right + 0.1 * (right + right + 2) / 2
    #expect(abs(try loss(unit, unit) { $0.labelSmoothing = 0.1 } - expected) < 1e-6)
  }

  @Test("the parts of a batch's rows add up to its loss")
  func parts() throws {
    let images: [[Float]] = [[1, 0], [0.6, 0.8], [0, 1], [0.8, -0.6]]
    let texts: [[Float]] = [[0.8, 0.6], [0, 1], [0.6, -0.8], [1, 0]]
    let whole = try loss(images, texts, textKeys: [1, 1, 2, 3])
    let first = try loss(images, texts, textKeys: [1, 1, 2, 3], rows: 0..<1)
    let rest = try loss(images, texts, textKeys: [1, 1, 2, 3], rows: 1..<4)
    #expect(abs(first + rest - whole) < 1e-6)
  }

  @Test("distillation of features is 1 - cosine, of equal widths and stretched ones")
  func distillation() throws {
    let student = try Tensor([Float](arrayLiteral: 1, 0, 0, 1), shape: [2, 2])
    let teacher = try Tensor([Float](arrayLiteral: 3, 0, 1, 1), shape: [2, 2])
    let expected = 1 - 0.5.squareRoot()
    #expect(
      abs(try DistanceTerm.cosine(student, teacher).item() - expected) < 1e-6)
    // Bilinear without aligned corners takes [1, 0] to [1, 0.75, 0.25, 0].
    let wide = try Tensor([Float](arrayLiteral: 1, 0.75, 0.25, 0, 0, 0.25, 0.75, 1), shape: [2, 4])
    #expect(abs(try DistanceTerm.cosine(student, wide).item()) < 1e-6)
  }
}
