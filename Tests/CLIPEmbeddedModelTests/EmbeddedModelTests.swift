import CLIPEmbeddedModel
import CLIPModels
import Testing

@Suite("The model that comes with the package")
struct EmbeddedModelTests {
  @Test("is ready without a download and knows the words that its card names")
  func knowsWords() throws {
    let model = try CLIP.embedded()
    #expect(model.name == "embedded")
    let texts = try model.embed(texts: ["老虎", "大老虎", "汽车"])
    let cosines = try texts.dotProducts(with: texts)[0]
    #expect(cosines[1] > cosines[2], "\(cosines)")
  }

  @Test("is meant where no model is named, and where its own name is")
  func names() throws {
    let embedded = try ModelSource.embedded()
    #expect(try ModelSource(orEmbedded: nil) == embedded)
    #expect(try ModelSource(orEmbedded: "embedded") == embedded)
    #expect(try ModelSource(orEmbedded: "ViT-B-16") == .preset(name: "ViT-B-16", checkpoint: nil))
  }
}
