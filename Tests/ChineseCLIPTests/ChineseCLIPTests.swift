import CLIPEmbeddedModel
import ChineseCLIP
import Testing

@Suite("ChineseCLIP")
struct ChineseCLIPTests {
  @Test("one import is enough to load a model and to compare pictures with texts")
  func oneImport() async throws {
    let model = try CLIP.embedded(options: CLIP.Options(device: .cpu, normalization: .api))
    let size = model.encoder.imageEncoder.imageSize
    let red = try RGBImage(
      width: size, height: size,
      pixels: (0..<size * size).flatMap { _ -> [UInt8] in [255, 0, 0] })
    let pictures = try model.embed(images: [red])
    let texts = try model.embed(texts: ["红色", "蓝色"])
    #expect(try model.probabilities(of: texts, for: pictures)[0].reduce(0, +) > 0.999)
  }
}
