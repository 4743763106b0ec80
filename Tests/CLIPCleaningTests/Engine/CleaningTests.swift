import CLIPCleaning
import CLIPData
import Foundation
import Synchronization
import TestSupport
import Testing

/// Counts calls from several threads.
private final class Counter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

extension Result {
  fileprivate var isFailure: Bool {
    if case .failure = self { true } else { false }
  }
}

struct CleaningTests {
  private func recipe() throws -> CleaningRecipe {
    try CleaningRecipe.decode(Data(PlantedSet.recipe.utf8), name: "planted")
  }

  /// All files of a result but for where it came from.
  private func content(_ folder: URL) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: folder.appending(path: $0)))
      })
  }

  @Test("each step finds its row and no other, and shards stay shards with all their files")
  func shards() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "clean")
    let inputs = try PlantedSet.shards(in: folder)
    let report = try Cleaning(
      inputs, recipe: recipe(), options: PlantedSet.options(output, in: folder)
    ).run()
    let rows = try PlantedSet.rows()
    let dropped = try PlantedSet.dropped(output)
    for (row, step) in rows {
      #expect(dropped["\(row.key.prefix(1)).tar/\(row.key)"] == step, "\(row.text)")
    }
    #expect(report.rows == rows.count && report.kept == 3 && dropped.count == rows.count - 3)
    #expect(report.steps.first { $0.name == "simplify" }?.changed == 1)
    let set = try TarDataset(
      shards: ["a.tar", "b.tar"].map { output.appending(path: $0) })
    #expect(
      try set.captions().map(\.text) == ["一只小猫坐在窗台上", "一个女孩在图书馆里读书", "桥下的渔夫修补渔网"])
    #expect(try set.imageData(for: 1) == PlantedSet.picture(4))
    let sizes = try JSONDecoder().decode(
      [String: Int].self, from: Data(contentsOf: output.appending(path: "sizes.json")))
    #expect(sizes == ["a.tar": 2, "b.tar": 1])
    let page = try String(contentsOf: output.appending(path: "report.html"), encoding: .utf8)
    #expect(page.contains("data:image/jpeg;base64,") && page.contains("赌博"))
    #expect(!page.contains("{{"))
    #expect(!FileManager.default.fileExists(atPath: output.appending(path: ".cleaning").path))
  }

  @Test("TSV stays TSV with its ids; a caption loses the pictures that go")
  func sourceFiles() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "clean")
    var images = ""
    var texts = ""
    for (index, (row, _)) in try PlantedSet.rows().enumerated() {
      images += "\(100 + index)\t\(row.picture.base64EncodedString())\n"
      let others = index == 0 ? ", 107" : ""
      texts +=
        "{\"text_id\": \(index), \"text\": \"\(row.text)\", \"image_ids\": [\(100 + index)\(others)]}\n"
    }
    images += "900\t\(try PlantedSet.picture(50).base64EncodedString())\n"
    texts += "{\"text_id\": 90, \"text\": \"没有图片\", \"image_ids\": []}\n"
    try folder.write(images, to: "train_imgs.tsv")
    try folder.write(texts, to: "train_texts.jsonl")
    let report = try Cleaning(
      [folder.path], recipe: recipe(), options: PlantedSet.options(output, in: folder)
    ).run()
    #expect(report.rows == 17 && report.kept == 3)
    #expect(report.problems.count == 2)
    #expect(report.problems.contains { $0.hasSuffix("picture 900 has no text") })
    #expect(report.problems.contains { $0.hasSuffix("text 90 has no picture") })
    let set = try TSVDataset(directory: output, split: "train")
    #expect(set.imageIDs() == [100, 103, 115])
    #expect(try set.captions().map(\.textID) == [0, 3, 15])
    #expect(try set.captions()[0].imageIDs == [100])
    let dropped = try PlantedSet.dropped(output)
    #expect(dropped["text 0, picture 107"] == "readable")
    #expect(dropped["text 7, picture 107"] == "readable")
  }

  @Test("lists of texts are cleaned without pictures, and keep their other columns")
  func lists() throws {
    let folder = try TemporaryFolder()
    try folder.write("一只小猫坐在窗台上\n太短\n一個女孩在圖書館裡讀書\n", to: "a.txt")
    try folder.write(
      "url,caption\nhttps://a.example/1,\"河边的老人, 和他的狗\"\nhttps://a.example/2,太短\n",
      to: "b.csv")
    try folder.write(
      "{\"url\": \"u\", \"text\": \"一個女孩在圖書館裡讀書\", \"n\": 12345678901234567}\n", to: "c.jsonl")
    let output = folder.url.appending(path: "clean")
    let cleaning = try Cleaning(
      ["a.txt", "b.csv", "c.jsonl"].map { folder.url.appending(path: $0).path },
      recipe: recipe(), options: CleaningOptions(output: output))
    #expect(cleaning.omittedSteps.map(\.name).contains("readable"))
    #expect(cleaning.omittedSteps.contains { $0.name == "blocked_words" })
    let report = try cleaning.run()
    #expect(report.kept == 2 && report.rows == 6)
    let texts = try content(output).mapValues { String(decoding: $0, as: UTF8.self) }
    #expect(texts["a.txt"] == "一只小猫坐在窗台上\n")
    #expect(texts["b.csv"] == "url,caption\nhttps://a.example/1,\"河边的老人, 和他的狗\"\n")
    #expect(texts["c.jsonl"] == nil)
  }

  @Test("a table of picture files is a data set; one that is not there is an error, not a list")
  func tables() throws {
    let folder = try TemporaryFolder()
    try folder.write(PlantedSet.picture(1), to: "1.png")
    try folder.write("file,title\n1.png,一只小猫坐在窗台上\n", to: "a.csv")
    try folder.write("file,title\n2.png,一只小猫坐在窗台上\n", to: "b.csv")
    let recipe = try CleaningRecipe.decode(
      Data(#"{"name": "r", "steps": ["readable"]}"#.utf8), name: "r")
    func clean(_ name: String) throws -> CleaningReport {
      try Cleaning(
        [folder.path + "/" + name], recipe: recipe,
        options: CleaningOptions(output: folder.url.appending(path: "out-\(name)"))
      ).run()
    }
    #expect(try clean("a.csv").output.pictures == 1)
    #expect { try clean("b.csv") } throws: { "\($0)".contains("2.png") }
  }

  @Test("it goes on where it stopped, whatever was done, and the result is the same to the byte")
  func resumed() async throws {
    let folder = try TemporaryFolder()
    let inputs = try PlantedSet.shards(in: folder)
    let whole = folder.url.appending(path: "whole")
    _ = try Cleaning(inputs, recipe: recipe(), options: PlantedSet.options(whole, in: folder)).run()
    let expected = try content(whole)
    var stops = 0
    for limit in stride(from: 1, to: 60, by: 3) {
      let output = folder.url.appending(path: "part-\(limit)")
      var options = try PlantedSet.options(output, in: folder)
      let calls = Counter()
      options.progress = { _, _, _ in
        if calls.next() == limit { withUnsafeCurrentTask { $0?.cancel() } }
      }
      let stopping = try Cleaning(inputs, recipe: recipe(), options: options)
      guard await Task(operation: { try stopping.run() }).result.isFailure else { break }
      stops += 1
      #expect(!FileManager.default.fileExists(atPath: output.appending(path: "report.json").path))
      options.progress = { _, _, _ in }
      _ = try Cleaning(inputs, recipe: recipe(), options: options).run()
      #expect(try content(output) == expected)
    }
    #expect(stops > 5)
  }

  @Test("another recipe, a foreign folder and a finished result are refused")
  func refused() throws {
    let folder = try TemporaryFolder()
    let inputs = try PlantedSet.shards(in: folder)
    let output = folder.url.appending(path: "clean")
    var options = try PlantedSet.options(output, in: folder)
    let cleaning = try Cleaning(inputs, recipe: recipe(), options: options)
    _ = try cleaning.run()
    #expect(throws: CleaningError.self) { try cleaning.run() }
    options.overwrites = true
    _ = try Cleaning(inputs, recipe: recipe(), options: options).run()
    #expect(throws: CleaningError.self) {
      try Cleaning(
        inputs + [folder.path + "/x.txt"], recipe: recipe(),
        options: CleaningOptions(output: output))
    }
    try folder.write("x", to: "other/file")
    let foreign = CleaningOptions(output: folder.url.appending(path: "other"))
    #expect(throws: CleaningError.self) {
      try Cleaning(inputs, recipe: recipe(), options: foreign).run()
    }
  }
}
