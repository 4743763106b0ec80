import CLIPCleaning
import CLIPData
import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Foundation
import TestSupport
import Testing

/// Steps that look at all rows together, or at vectors.
struct WholeSetStepsTests {
  /// Cleans rows, each of a text, a picture and an address, and says which steps left which out.
  private func clean(
    _ rows: [(text: String, picture: Data, address: String)], steps: String,
    _ change: (inout CleaningOptions) -> Void = { _ in }
  ) throws -> [String: String] {
    let folder = try TemporaryFolder()
    let writer = try TarWriter(folder.url.appending(path: "s.tar"))
    for (index, row) in rows.enumerated() {
      try writer.append("\(index).jpg", row.picture)
      try writer.append("\(index).json", Data("{\"url\": \"\(row.address)\"}".utf8))
      try writer.append("\(index).txt", Data(row.text.utf8))
    }
    try writer.finish()
    var options = CleaningOptions(output: folder.url.appending(path: "clean"))
    change(&options)
    let recipe = try CleaningRecipe.decode(
      Data("{\"name\": \"t\", \"steps\": [\(steps)]}".utf8), name: "t")
    _ = try Cleaning(
      [folder.url.appending(path: "s.tar").path], recipe: recipe, options: options
    ).run()
    return Dictionary(
      uniqueKeysWithValues: try PlantedSet.dropped(options.output).map {
        ($0.key.replacing("s.tar/", with: ""), $0.value)
      })
  }

  @Test("a text of too many rows goes with all of them, or leaves the first")
  func repeatedTexts() throws {
    let rows = try (0..<6).map { index in
      ([3: "别的", 4: "相同 的！"][index] ?? "相同的", try PlantedSet.picture(UInt64(index)), "u")
    }
    let strict = #"{"repeated_texts": {"maximum": 3}}"#
    #expect(try Set(clean(rows, steps: strict).keys) == ["0", "1", "2", "5"])
    let first = #"{"repeated_texts": {"maximum": 3, "keep": "first"}}"#
    #expect(try Set(clean(rows, steps: first).keys) == ["5"])
    let loose = #"{"repeated_texts": {"maximum": 4, "normalized": true}}"#
    #expect(try Set(clean(rows, steps: loose).keys) == ["0", "1", "2", "4", "5"])
  }

  @Test("pictures of too many texts and rows of one host go")
  func counts() throws {
    let rows = try (0..<7).map { index in
      (
        "文本\(index)", try PlantedSet.picture(index < 4 ? 1 : UInt64(index)),
        "https://\(index % 2 == 0 ? "A" : "b").example/\(index)"
      )
    }
    let texts = #"{"texts_of_picture": {"maximum": 3}}"#
    #expect(try Set(clean(rows, steps: texts).keys) == ["0", "1", "2", "3"])
    let hosts = #"{"rows_of_host": {"maximum": 2}}"#
    #expect(try Set(clean(rows, steps: hosts).keys) == ["4", "5", "6"])
    let none = rows.map { ($0.0, $0.1, "") }
    #expect(throws: CleaningError.self) { try clean(none, steps: hosts) }
  }

  @Test("of pictures that were scaled and compressed again the first stays")
  func nearDuplicates() throws {
    let original = try PlantedSet.picture(7, width: 200, height: 160)
    let image = try ImageDecoder().decode(original).convertedToRGB()
    let again = try PictureWriter.jpeg(image.resized(width: 150, height: 120), quality: 80)
    let rows = [
      ("一", try PlantedSet.picture(8), "u"), ("二", original, "u"), ("三", again, "u"),
      ("四", original, "u"),
    ]
    #expect(try Set(clean(rows, steps: #""near_duplicates""#).keys) == ["2", "3"])
    #expect(try Set(clean(rows, steps: #""repeated_pictures""#).keys) == ["3"])
  }

  @Test("frequent concepts are thinned out to about as many rows as asked, rare ones stay whole")
  func balance() throws {
    let picture = try PlantedSet.picture(1)
    let rows = (0..<400).map { index in
      (index < 300 ? "一只猫\(index)" : index < 310 ? "一条狗\(index)" : "其他\(index)", picture, "u")
    }
    let steps = #"{"balance": {"rows": 30}}"#
    let dropped = try clean(rows, steps: steps) { $0.concepts = ["猫", "狗"] }
    let kept = (0..<400).filter { dropped["\($0)"] == nil }
    let cats = kept.count { $0 < 300 }
    #expect((15...50).contains(cats))
    #expect(kept.count { (300..<310).contains($0) } == 10)
    #expect(kept.count { $0 >= 310 } == 0)
    #expect(try clean(rows, steps: steps) { $0.concepts = ["猫", "狗"] } == dropped)
  }

  @Test("scores are the model's, and neighbours leave the most central one")
  func vectors() throws {
    let model = try CLIP.embedded()
    func jpeg(_ data: Data, _ quality: Int) throws -> Data {
      try PictureWriter.jpeg(ImageDecoder().decode(data).convertedToRGB(), quality: quality)
    }
    let base = try PlantedSet.picture(1, width: 96, height: 96)
    let pictures =
      try [jpeg(base, 30), jpeg(base, 95), jpeg(base, 60)]
      + (5..<8).map { try PlantedSet.picture($0, width: 96, height: 96) }
    let texts = ["猫", "狗", "苹果", "香蕉", "汽车", "飞机"]
    let rows = zip(texts, pictures).map { ($0, $1, "u") }
    let images = try Array(
      model.embed(images: pictures.map { try model.preprocessor($0) }))
    let sentences = try Array(model.embed(texts: texts))
    func dot(_ first: Embeddings.Row, _ second: Embeddings.Row) -> Double {
      Double(zip(first, second).reduce(0) { $0 + $1.0 * $1.1 })
    }
    let scores = zip(images, sentences).map(dot)
    let middle = (scores.sorted()[2] + scores.sorted()[3]) / 2
    let score = try clean(rows, steps: "{\"score\": {\"cosine\": [\(middle), 1]}}") {
      $0.model = { model }
    }
    #expect(Set(score.keys) == Set(scores.indices.filter { scores[$0] < middle }.map { "\($0)" }))

    // The threshold lies in the widest gap between two cosines, so that half precision decides nothing.
    var pairs: [(one: Int, other: Int, cosine: Double)] = []
    for one in 1..<6 {
      for other in 0..<one { pairs.append((one, other, dot(images[one], images[other]))) }
    }
    let cosines: [Double] = pairs.map(\.cosine).sorted()
    var place = 7
    for next in 8..<cosines.count - 1 {
      let width = cosines[next + 1] - cosines[next]
      if width > cosines[place + 1] - cosines[place] { place = next }
    }
    let least: Double = (cosines[place] + cosines[place + 1]) / 2
    var labels = Array(0..<6)
    for pair in pairs where pair.cosine > least {
      let (kept, merged) = (labels[pair.other], labels[pair.one])
      labels = labels.map { $0 == merged ? kept : $0 }
    }
    var expected: [Int] = []
    for one in 0..<6 {
      let members = (0..<6).filter { labels[$0] == labels[one] }
      var center = (place: one, sum: -Double.infinity)
      for member in members {
        var sum = 0.0
        for other in members { sum += dot(images[member], images[other]) }
        if sum > center.sum { center = (member, sum) }
      }
      if center.place != one { expected.append(one) }
    }
    func duplicates(_ groupSize: Int) throws -> Set<String> {
      let steps =
        "{\"semantic_duplicates\": {\"distance\": \(1 - least), \"group_size\": \(groupSize)}}"
      return try Set(clean(rows, steps: steps) { $0.model = { model } }.keys)
    }
    #expect(!expected.isEmpty)
    #expect(try duplicates(100) == Set(expected.map { "\($0)" }))
    // In groups neighbours may be missed, none is made up.
    #expect(try duplicates(3).count <= expected.count)

    let folder = try TemporaryFolder()
    try folder.write(pictures[3], to: "test/a.jpg")
    let steps = "{\"contamination\": {\"cosine\": \(least)}}"
    let dropped = try clean(rows, steps: steps) {
      $0.model = { model }
      $0.against = [folder.url.appending(path: "test").path]
    }
    let near = (0..<6).filter { dot(images[$0], images[3]) >= least }
    #expect(Set(dropped.keys) == Set(near.map { "\($0)" }))
  }

  @Test("measures and vectors of a cache are used again by another recipe")
  func cache() throws {
    let folder = try TemporaryFolder()
    let inputs = try PlantedSet.shards(in: folder)
    let cache = folder.url.appending(path: "cache")
    func run(_ steps: String, _ name: String) throws -> [String: Date] {
      var options = CleaningOptions(output: folder.url.appending(path: name))
      options.cache = cache
      let recipe = try CleaningRecipe.decode(
        Data("{\"name\": \"t\", \"steps\": [\(steps)]}".utf8), name: "t")
      _ = try Cleaning(inputs, recipe: recipe, options: options).run()
      let files = try FileManager.default.subpathsOfDirectory(atPath: cache.path)
        .filter { $0.hasSuffix(".measures") }
      return try Dictionary(
        uniqueKeysWithValues: files.map {
          (
            $0,
            try FileManager.default.attributesOfItem(atPath: cache.path + "/" + $0)[
              .modificationDate] as? Date ?? .distantPast
          )
        })
    }
    let first = try run(#""readable", {"contrast": {"minimum": 2}}"#, "a")
    #expect(first.count == 2)
    #expect(
      try run(#"{"length": {"characters": [5, 9]}}, {"contrast": {"minimum": 5}}"#, "b") == first)
    #expect(try run(#""near_duplicates""#, "c") != first)
  }
}
