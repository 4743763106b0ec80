import Foundation
import TestSupport
import Testing

@Suite("cnclip diagnose")
struct DiagnoseTests {
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")

  @Test(
    "The report answers every question, in HTML, Markdown and JSON, with the drawn set beside it")
  func report() throws {
    let folder = try TemporaryFolder()
    try folder.write("老虎\n柠檬|<柑橘>\n斑马\n", to: "demo/label_cn.txt")
    for (index, picture) in ["tiger", "lemon", "zebra"].enumerated() {
      let data = try Data(contentsOf: Self.pictures.appending(path: "\(picture).jpg"))
      try folder.write(data, to: "demo/test/\(index)/\(picture).jpg")
    }
    try folder.write("{}\n一张{}的照片\n", to: "templates.txt")
    let outcome = try Command.run(
      [
        "diagnose", "--data", "demo", "--templates", "templates.txt", "--output", "report",
        "--json",
        "--quiet",
      ], in: folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    for key in [
      "prompts", "negation", "composition", "calibration", "fitted", "collisions", "hubness",
    ] {
      #expect(json[key] != nil, "\(key)")
    }
    #expect(json["images"] as? Int == 3 && json["classes"] as? Int == 3)
    let report = folder.url.appending(path: "report")
    let html = try String(contentsOf: report.appending(path: "diagnosis.html"), encoding: .utf8)
    #expect(html.components(separatedBy: "<section>").count == 7)
    #expect(!html.contains("<柑橘>") && html.contains("&lt;柑橘&gt;"))
    #expect(!html.contains("<script") && !html.contains("src=\"http"))
    let markdown = try String(contentsOf: report.appending(path: "diagnosis.md"), encoding: .utf8)
    #expect(markdown.contains("柠檬\\|&lt;柑橘>") && markdown.contains("(calibration.svg)"))
    for name in [
      "calibration.svg", "prompts.svg", "composition.svg", "composition/sentences.jsonl",
    ] {
      #expect(FileManager.default.fileExists(atPath: report.appending(path: name).path), "\(name)")
    }
  }

  @Test("One label cannot be diagnosed")
  func oneLabel() throws {
    let folder = try TemporaryFolder()
    try folder.write("老虎\n", to: "demo/label_cn.txt")
    try folder.write("x", to: "demo/test/0/a.jpg")
    let outcome = try Command.run(["diagnose", "--data", "demo"], in: folder.url)
    #expect(outcome.status == 1 && outcome.errors.contains("one label"), "\(outcome)")
  }
}
