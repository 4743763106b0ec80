import CLIPCleaning
import Foundation
import TestSupport
import Testing

struct CleaningRecipeTests {
  @Test("the recipes that come with the package are read, and written and read again are equal")
  func shipped() throws {
    for name in CleaningRecipe.shipped {
      let recipe = try CleaningRecipe.find(name)
      #expect(recipe.name == name)
      #expect(recipe.source?.contains("arXiv") == true)
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      #expect(try CleaningRecipe.decode(encoder.encode(recipe), name: name) == recipe)
    }
    #expect(throws: CleaningError.self) { try CleaningRecipe.find("laion") }
  }

  @Test(
    "what is wrong with a recipe is one sentence that names the place",
    arguments: [
      (#"{"name": "x", "steps": ["emojis"]}"#, "'emojis' is no step"),
      (#"{"name": "x", "steps": []}"#, "no steps"),
      (
        #"{"name": "x", "steps": [{"length": {"charakters": [1, 2], "words": [1, 2]}}]}"#,
        "did you mean"
      ),
      (#"{"name": "x", "steps": [{"length": {"characters": [5]}}]}"#, "as in [5, 50]"),
      (#"{"name": "x", "steps": [{"language": {"allowed": ["cn"]}}]}"#, "zh"),
      (#"{"name": "x", "steps": [{"score": {"cosine": [0, 1], "distance": [0, 1]}}]}"#, "either"),
      (#"{"name": "x", "steps": ["aspect"]}"#, "numbers"),
      (#"{"steps": ["emoji"]}"#, "name"), ("{", "JSON"),
    ])
  func wrong(json: String, expected: String) {
    #expect {
      try CleaningRecipe.decode(Data(json.utf8), name: "r.json")
    } throws: {
      "\($0)".contains(expected) && "\($0)".contains("r.json")
    }
  }
}
