import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Testing

/// What the documentation of `CLIP` says about repeating and batching.
@Suite struct DeterminismTests {
  private func squares(_ count: Int) throws -> [RGBImage] {
    try (0..<count).map { number in
      try RGBImage(
        width: 224, height: 224,
        pixels: (0..<224 * 224 * 3).map { UInt8(truncatingIfNeeded: $0 * (number + 3) / 7) })
    }
  }

  private func difference(_ a: Embeddings, _ b: Embeddings) -> Float {
    zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("the same inputs give the same bits every time")
  func repeats() throws {
    let model = try CLIP.embedded()
    let images = try squares(3)
    #expect(try model.embed(images: images).values == model.embed(images: images).values)
    let texts = ["老虎", "超市里的青苹果"]
    #expect(try model.embed(texts: texts).values == model.embed(texts: texts).values)
  }

  @Test("neighbours in the batch change a picture by rounding at most, a text not at all")
  func neighbours() throws {
    let model = try CLIP.embedded()
    let images = try squares(5)
    let together = try model.embed(images: images)
    let alone = try images.flatMap { try model.embed(images: [$0]).values }
    let difference = difference(
      together, Embeddings(dimension: together.dimension, values: alone))
    #expect(difference < 1e-6)

    let texts = ["老虎", "超市里的青苹果", "一张带藤的西红柿的照片", "猫"]
    let sentences = try model.embed(texts: texts)
    #expect(try sentences.values == texts.flatMap { try model.embed(texts: [$0]).values })
  }
}
