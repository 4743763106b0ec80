import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Foundation

/// Prints how well four Chinese words fit a picture: `swift run MatchPictures photo.jpg`.
@main
struct MatchPictures {
  static func main() throws {
    let path = CommandLine.arguments.dropFirst().first ?? "Demo/pictures/tiger.jpg"
    let texts = ["老虎", "大象", "汽车", "苹果"]
    let model = try CLIP.embedded()
    let photo = try Data(contentsOf: URL(filePath: path))
    let pictures = try model.embed(images: [model.preprocessor(photo)])
    let sentences = try model.embed(texts: texts)
    for (text, probability) in zip(
      texts, try model.probabilities(of: sentences, for: pictures)[0])
    {
      print(text, probability)
    }
  }
}
