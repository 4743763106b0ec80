import CLIPData
import CLIPEmbeddedModel
import CLIPEvaluation
import CLIPImages
import CLIPModels
import Foundation
import TestSupport
import Testing
import Torch

@Suite struct AlignmentTests {
  @Test("tiles are read, and a line that is none is named with what is wrong")
  func reading() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "test_tiles.jsonl")
    func read(_ lines: String) throws -> [TiledPicture] {
      try Data(lines.utf8).write(to: file)
      return try TiledPicture.read(file)
    }
    let line = #"{"image_id": 7, "text": "猫、雨", "tiles": [{"name": "猫", "box": [0, 0, 0.5, 1]}]}"#
    let pictures = try read(line + "\n\n" + line)
    #expect(pictures.count == 2 && pictures[0].imageID == 7 && pictures[0].tiles[0].name == "猫")
    for (wrong, sentence) in [
      ("{}", "line 1: expected a JSON object"),
      (line + "\n" + line.replacing("猫\", \"box", with: "狗\", \"box"), "line 2: the text does not"),
      (line.replacing("0.5", with: "1.5"), "four shares"), ("", "holds no picture"),
    ] {
      let error = #expect(throws: EvaluationError.self) { try read(wrong) }
      #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    }
  }

  /// Pictures of two colours side by side; an id's digits are the halves' numbers in ``colors``.
  private struct Halves: PairDataset {
    static let colors: [[UInt8]] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]
    let source = "halves"
    var pairCount: Int { 0 }
    func pair(at index: Int) throws -> CaptionPair { throw DataError.invalidSetting("none") }
    func imageIDs() -> [Int64] { [1, 12, 23] }
    func captions() -> [Caption] { [] }
    func imageData(for imageID: Int64) throws -> Data {
      let halves = [Int(imageID) / 10, Int(imageID) % 10]
      let pixels = (0..<16 * 16).flatMap { Self.colors[halves[$0 % 16 < 8 ? 0 : 1]] }
      return try PictureWriter.png(RGBImage(width: 16, height: 16, pixels: pixels))
    }
  }

  @Test("places are counted in their tiles by the names that fit them best, chance beside it")
  func counting() throws {
    let explainer = try Explainer(ModelFiles.open(.embedded()), device: .cpu)
    let names = ["红色", "绿色"]
    let pictures = [1, 12, 23].map { id in
      TiledPicture(
        imageID: id, text: "红色、绿色",
        tiles: [
          TiledPicture.Tile(name: names[0], box: [0, 0, 0.5, 1]),
          TiledPicture.Tile(name: names[1], box: [0.5, 0, 0.5, 0.5]),
        ])
    }
    let result = try AlignmentEvaluation(Halves(), pictures: pictures).run(explainer)
    var (right, places) = (0, 0)
    for picture in pictures {
      let square = try explainer.preprocessor(Halves().imageData(for: picture.imageID))
      let found = try explainer(square, picture.text, words: names)
      for (place, best) in found.bestWords.enumerated() {
        let isLeft = Double(place % found.columns) + 0.5 < Double(found.columns) / 2
        let isUpper = Double(place / found.columns) + 0.5 < Double(found.rows) / 2
        guard isLeft || isUpper else { continue }
        places += 1
        right += best == (isLeft ? 0 : 1) ? 1 : 0
      }
    }
    #expect(result.pictures == 3 && result.places == places && result.chance == 0.5)
    #expect(
      result.method == .gradient && abs(result.accuracy - Double(right) / Double(places)) < 1e-9)
    let stranger = TiledPicture(imageID: 5, text: "红", tiles: pictures[0].tiles)
    #expect(throws: EvaluationError.self) {
      try AlignmentEvaluation(Halves(), pictures: [stranger])
    }
  }
}
