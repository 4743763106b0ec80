import Foundation
import TestSupport
import Testing

/// Commands with a model that compares words with places.
@Suite("Models that compare tokens")
struct TokenModelTests {
  let tiny: TinyModel

  /// The tiny model, and in `tokens` one of the same weights that compares token by token.
  init() throws {
    tiny = try TinyModel()
    try tiny.copy("tokens")
    let file = tiny.folder.url.appending(path: "tokens/config.json")
    let json = try String(contentsOf: file, encoding: .utf8)
    try json.replacing(
      "\"image\" :", with: "\"interaction\": \"tokenwise\", \"image\" :", maxReplacements: 1
    )
    .write(to: file, atomically: true, encoding: .utf8)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("tokenwise"))
    let pictures = tiny.folder.url.appending(path: "pictures")
    try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
    for number in 0..<4 {
      try tiny.folder.write(TinyPairs.bitmap(number, side: 40), to: "pictures/\(number).bmp")
    }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: tiny.folder.url.appending(path: name), encoding: .utf8)
  }

  private struct Match: Decodable {
    struct Entry: Decodable { let text: String, probability: Double, cosine: Double }
    let image: String, matches: [Entry]
  }

  @Test("match and classify compare tokens, and a mean of sentences is refused")
  func match() throws {
    func scores(_ model: String) throws -> [Double] {
      let outcome = try tiny.run(
        "match", "picture.bmp", "--texts", "一只猫", "红色", "--model", model, "--json")
      #expect(outcome.status == 0, "\(outcome)")
      let match = try JSONDecoder().decode(Match.self, from: Data(outcome.output.utf8))
      #expect(abs(match.matches.reduce(0) { $0 + $1.probability } - 1) < 1e-4)
      return match.matches.map(\.cosine)
    }
    #expect(try scores("tokens") != scores(tiny.path))
    let mean = try tiny.run("classify", "picture.bmp", "--labels", "猫,狗", "--model", "tokens")
    #expect(mean.status == 1 && mean.errors.contains("another ensemble"), "\(mean)")
    let similar = try tiny.run(
      "classify", "picture.bmp", "--labels", "猫,狗", "--model", "tokens", "--ensemble",
      "mean-similarity", "--json", "--quiet")
    #expect(similar.status == 0 && similar.output.contains("\"probability\""), "\(similar)")
  }

  @Test("embed writes tokens with --tokens, and refuses one vector in place of many")
  func embed() throws {
    let tokens = try tiny.run(
      "embed", "images", "pictures", "--model", "tokens", "--tokens", "--output", "t.npy", "--quiet"
    )
    #expect(tokens.status == 0, "\(tokens)")
    let lines = try text("t.jsonl").split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[3].contains("\"first\": 12, \"count\": 4"), "\(lines)")
    // A header of 128 bytes, then 16 tokens of 16 numbers.
    #expect(try Data(contentsOf: tiny.folder.url.appending(path: "t.npy")).count == 128 + 16 * 64)
    let vectors = try tiny.run(
      "embed", "images", "pictures", "--model", "tokens", "--output", "v.npy")
    #expect(vectors.status == 1 && vectors.errors.contains("token by token"), "\(vectors)")
    let other = try tiny.run(
      "embed", "images", "pictures", "--model", tiny.path, "--tokens", "--output", "w.npy")
    #expect(other.status == 1 && other.errors.contains("one vector"), "\(other)")
    #expect(!tiny.has("v.npy") && !tiny.has("w.npy") && !tiny.has("w.jsonl"))
    try tiny.folder.write(Data("一只猫\n红\n".utf8), to: "texts.txt")
    let texts = try tiny.run(
      "embed", "texts", "texts.txt", "--model", "tokens", "--tokens", "--output", "x.npy", "--quiet"
    )
    #expect(texts.status == 0, "\(texts)")
    // Marks of beginning and end are tokens of a text, padding is none.
    #expect(
      try text("x.jsonl")
        == "{\"text\": \"一只猫\", \"first\": 0, \"count\": 5}\n"
        + "{\"text\": \"红\", \"first\": 5, \"count\": 3}\n")
    let stream = try tiny.run("embed", "images", "pictures", "--model", "tokens", "--tokens")
    #expect(stream.status == 64 && stream.errors.contains("NAME.npy"), "\(stream)")
  }

  @Test("recall is that of tokens, whose files of vectors are refused")
  func retrieval() throws {
    let outcome = try tiny.run(
      "evaluate", "retrieval", "--data", "data", "--split", "valid", "--model", "tokens", "--json",
      "--quiet")
    #expect(outcome.status == 0, "\(outcome)")
    let files = try tiny.run(
      "evaluate", "retrieval", "--data", "data", "--split", "valid", "--model", "tokens", "--files",
      "out")
    #expect(files.status == 1 && files.errors.contains("token by token"), "\(files)")
    #expect(!tiny.has("out"))
  }

  private struct Hits: Decodable {
    struct Hit: Decodable { let path: String, rerankScore: Double? }
    let results: [Hit]
  }

  @Test("a library's best are ordered anew by tokens; all of them are the tokens' own search")
  func rerank() throws {
    let index = try tiny.run(
      "index", "pictures", "--library", "lib", "--model", tiny.path, "--quiet")
    #expect(index.status == 0, "\(index)")
    func search(_ arguments: String...) throws -> [Hits.Hit] {
      let outcome = try Command.run(
        ["search", "一只猫", "--library", "lib", "--json"] + arguments, in: tiny.folder.url)
      #expect(outcome.status == 0, "\(outcome)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Hits.self, from: Data(outcome.output.utf8)).results
    }
    let plain = try search()
    let all = try search("--rerank", "4", "--rerank-model", "tokens")
    let scores = all.compactMap(\.rerankScore)
    #expect(scores.count == 4 && scores == scores.sorted(by: >))
    #expect(Set(all.map(\.path)) == Set(plain.map(\.path)))
    let two = try search("--rerank", "2", "--rerank-model", "tokens")
    #expect(Set(two.prefix(2).map(\.path)) == Set(plain.prefix(2).map(\.path)))
    #expect(two.suffix(2).map(\.path) == plain.suffix(2).map(\.path))
    #expect(two.suffix(2).allSatisfy { $0.rerankScore == nil })
    let page = try search("--rerank", "4", "--rerank-model", "tokens", "-k", "1", "--offset", "1")
    #expect(page.map(\.path) == [all[1].path])
    let alone = try Command.run(
      ["search", "一只猫", "--library", "lib", "--rerank", "3"], in: tiny.folder.url)
    #expect(alone.status == 64 && alone.errors.contains("go together"), "\(alone)")
  }
}
