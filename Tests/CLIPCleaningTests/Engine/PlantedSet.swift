import CLIPCleaning
import CLIPData
import CLIPImages
import Foundation
import TestSupport

/// Small sets with one row of each fault, as shards, TSV or a list.
struct PlantedSet {
  struct Row {
    let key: String
    let text: String
    let picture: Data
  }

  /// A picture of coloured noise that no other seed gives.
  static func picture(_ seed: UInt64, width: Int = 40, height: Int = 40) throws -> Data {
    var generator = SplitMix(state: seed)
    var pixels: [UInt8] = []
    let cells = (0..<25).map { _ in
      (0..<3).map { _ in Int.random(in: 30...220, using: &generator) }
    }
    for y in 0..<height {
      for x in 0..<width {
        let cell = cells[y * 5 / height * 5 + x * 5 / width]
        for value in cell {
          pixels.append(UInt8(clamping: value + Int.random(in: -25...25, using: &generator)))
        }
      }
    }
    return try PictureWriter.png(RGBImage(width: width, height: height, pixels: pixels))
  }

  /// Rows with the step that must find each; nil for rows that stay.
  static func rows() throws -> [(row: Row, step: String?)] {
    func row(_ key: String, _ text: String, _ picture: Data) -> Row {
      Row(key: key, text: text, picture: picture)
    }
    let flat = try PictureWriter.png(
      RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 90, count: 4800)))
    return [
      (row("a0", "一只小猫坐在窗台上", try picture(1)), nil),
      (row("a1", "両手で傘を持っている人", try picture(2)), "language"),
      (row("a2", "太短", try picture(3)), "length"),
      (row("a3", "一個女孩在圖書館裡讀書", try picture(4)), nil),
      (row("a4", "河边的老人和他的狗😀", try picture(5)), "emoji"),
      (row("a5", "厂家直销的优质木桌子", try picture(6)), "pattern"),
      (row("a6", "这里有赌博的消息", try picture(7)), "blocked_words"),
      (row("b0", "秋天的树叶落在地上", Data("no picture".utf8)), "readable"),
      (row("b1", "冬天的雪落在屋顶上", try picture(8, width: 30, height: 40)), "short_side"),
      (row("b2", "春天的花开在山坡上", try picture(9, width: 130, height: 40)), "aspect"),
      (row("b3", "夏天的海边有许多人", flat), "contrast"),
      (row("b4", "市场里卖水果的女人", try picture(1)), "repeated_pictures"),
      (row("b5", "查看源网页展开全文", try picture(10)), "repeated_texts"),
      (row("b6", "查看源网页展开全文", try picture(11)), "repeated_texts"),
      (row("b7", "考试用的照片不能看", try picture(99)), "contamination"),
      (row("b8", "桥下的渔夫修补渔网", try picture(12)), nil),
    ]
  }

  static let recipe = """
    {"name": "planted", "steps": [
      {"language": {"allowed": ["zh"]}}, "simplify", {"length": {"characters": [5, 50]}}, "emoji",
      {"pattern": {"kinds": ["file_name", "advertisement"]}}, "blocked_words", "readable",
      {"short_side": {"minimum": 32}}, {"aspect": {"maximum": 3}}, {"contrast": {"minimum": 2}},
      "repeated_pictures", {"repeated_texts": {"maximum": 1}}, "contamination"]}
    """

  /// Two shards.
  static func shards(in folder: TemporaryFolder) throws -> [String] {
    let rows = try rows().map(\.row)
    return try ["a", "b"].map { letter in
      let url = folder.url.appending(path: "\(letter).tar")
      let writer = try TarWriter(url)
      for row in rows where row.key.hasPrefix(letter) {
        try writer.append("\(row.key).jpg", row.picture)
        try writer.append("\(row.key).txt", Data(row.text.utf8))
        try writer.append("\(row.key).json", Data(#"{"url": "https://h.example/1"}"#.utf8))
      }
      try writer.finish()
      return url.path
    }
  }

  /// Options with the list and the test set that the recipe asks for.
  static func options(_ output: URL, in folder: TemporaryFolder) throws -> CleaningOptions {
    try folder.write(picture(99), to: "test/1.png")
    var options = CleaningOptions(output: output)
    options.blockedWords = ["赌博"]
    options.against = [folder.url.appending(path: "test").path]
    return options
  }

  /// Steps by the names of rows, as `dropped.jsonl` has them.
  static func dropped(_ output: URL) throws -> [String: String] {
    struct Line: Decodable {
      let row: String
      let step: String
      let reason: String
    }
    let text = try String(contentsOf: output.appending(path: "dropped.jsonl"), encoding: .utf8)
    var steps: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
      steps[line.row] = line.step
    }
    return steps
  }
}
