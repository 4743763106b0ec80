import Foundation
import TestSupport
import Testing

@Suite("cnclip classify")
struct ClassifyTests {
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")
  private let tiger = pictures.appending(path: "tiger.jpg").path
  private let lemon = pictures.appending(path: "lemon.jpg").path

  private struct Line: Decodable {
    struct Label: Decodable {
      let label: String
      let probability: Double
      let cosine: Double
      let alone: Double
    }
    let image: String
    let labels: [Label]
  }

  private func lines(_ outcome: Command.Outcome) throws -> [Line] {
    try outcome.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  @Test("JSON is one line a picture, labels best first, and a wrong label is small alone")
  func json() throws {
    let outcome = try Command.run(
      "classify", tiger, lemon, "--labels", "柠檬，老虎,飞机", "--json", "--quiet")
    #expect(outcome.status == 0, "\(outcome)")
    let found = try lines(outcome)
    #expect(found.map(\.image) == [tiger, lemon])
    #expect(found.map { $0.labels.first?.label } == ["老虎", "柠檬"])
    for line in found {
      #expect(line.labels.count == 3)
      #expect(abs(line.labels.reduce(0) { $0 + $1.probability } - 1) < 1e-4)
      #expect(line.labels.map(\.cosine) == line.labels.map(\.cosine).sorted(by: >))
    }
    // Two wrong labels: one of them is nearly sure among them, and neither is alone.
    let wrong = try lines(
      try Command.run("classify", tiger, "--labels", "柠檬,飞机", "--json", "--quiet"))
    #expect(wrong[0].labels.allSatisfy { $0.alone < 0.2 })
  }

  @Test("--top and --min-score leave labels out, and say so where none is left")
  func filters() throws {
    let top = try Command.run("classify", tiger, "--labels", "柠檬,老虎", "--top", "1", "--json")
    #expect(try lines(top)[0].labels.map(\.label) == ["老虎"])
    let none = try Command.run("classify", tiger, "--labels", "柠檬", "--min-score", "0.9")
    #expect(none.status == 0 && none.output.contains("no label has a cosine of 0.9 or more"))
    let auto = try Command.run(
      "classify", tiger, "--labels", "柠檬,老虎", "--min-score", "auto", "--json", "--quiet")
    #expect(auto.status == 0, "the embedded model has no measured --min-score: \(auto)")
    #expect(try lines(auto)[0].labels.map(\.label) == ["老虎"])
  }

  @Test("Sorting links into a folder a label, twice changes nothing, and nothing is replaced")
  func sorting() throws {
    let folder = try TemporaryFolder()
    try folder.write("another picture", to: "sorted/老虎/tiger.jpg")
    let arguments = [
      "classify", tiger, lemon, "--labels", "老虎,柠檬", "--sort-into", "sorted", "--quiet",
    ]
    let first = try Command.run(arguments, in: folder.url)
    #expect(first.status == 0 && first.errors.contains("sorted 2 pictures"), "\(first)")
    func content(_ label: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(
        atPath: folder.url.appending(path: "sorted/\(label)").path
      ).sorted()
    }
    #expect(try content("老虎") == ["tiger-2.jpg", "tiger.jpg"])
    #expect(try content("柠檬") == ["lemon.jpg"])
    let own = folder.url.appending(path: "sorted/老虎/tiger.jpg")
    #expect(try String(contentsOf: own, encoding: .utf8) == "another picture")
    let second = try Command.run(arguments, in: folder.url)
    #expect(second.errors.contains("sorted 0 pictures; 2 were there already"), "\(second)")
    #expect(try content("老虎").count == 2)
    let copied = try Command.run(arguments + ["--copy"], in: folder.url)
    #expect(copied.status == 0, "\(copied)")
    // The links lead to the same bytes, so there is nothing to copy.
    #expect(copied.errors.contains("2 were there already"), "\(copied)")
  }

  @Test("An unreadable picture is named, the others are classified, and the exit code is 3")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    try folder.write("no picture", to: "broken.jpg")
    let outcome = try Command.run(
      ["classify", "broken.jpg", lemon, "--labels", "柠檬,老虎", "--json"], in: folder.url)
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.contains("broken.jpg"))
    #expect(try lines(outcome).count == 1)
  }

  @Test("Labels that are missing, empty or there twice are wrong usage")
  func usage() throws {
    for arguments in [
      ["classify", tiger], ["classify", tiger, "--labels", " ,"],
      ["classify", tiger, "--labels", "猫,狗,猫"],
      ["classify", tiger, "--labels", "猫", "--labels-file", "x"],
      ["classify", tiger, "--labels", "猫", "--copy"],
      ["classify", tiger, "--labels", "猫", "--min-score", "high"],
      ["classify", tiger, "--labels", "猫", "--top", "0"],
    ] {
      #expect(try Command.run(arguments).status == 64, "\(arguments)")
    }
    let folders = try Command.run(
      ["classify", tiger, "--labels", "a/b,a_b", "--sort-into", "/tmp/nowhere"])
    #expect(folders.status == 1 && folders.errors.contains("they would share the folder 'a_b'"))
  }
}
