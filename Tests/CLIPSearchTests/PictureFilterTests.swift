import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("PictureFilter")
struct PictureFilterTests {
  @Test(
    "a mistake is named with its place",
    arguments: [
      ("", 0, "empty"), ("   ", 3, "empty"), ("taken", 5, "the end"),
      ("taken >", 7, "expected a value"), ("width ~ 3", 6, "number"),
      ("name > a", 5, "= != ~"), ("colour = red", 0, "no field 'colour'"),
      ("taken > yesterday", 8, "no date"), ("taken = 2024-13", 8, "no date"),
      ("size > 3 XB", 9, "expected 'and'"), ("size > 3XB", 7, "no number"),
      ("(name = a", 0, "never closed"), ("name = a)", 8, "expected 'and'"),
      ("name = 'a", 7, "never closed"), ("name = a and", 12, "expected a field"),
      ("= a", 0, "expected a field"), ("标签 = ", 5, "expected a value"),
      ("not", 3, "expected a field"), ("name = a or or", 12, "expected a field"),
    ])
  func mistakes(expression: String, position: Int, problem: String) throws {
    let error = #expect(throws: SearchError.self) { try PictureFilter(expression) }
    guard case .filter(_, let found, let sentence) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found == position)
    #expect(sentence.contains(problem))
  }

  @Test("hostile expressions end in an error, not in a crash")
  func hostile() {
    let deep = String(repeating: "(", count: 4000) + "width=1" + String(repeating: ")", count: 4000)
    #expect(throws: SearchError.self) { try PictureFilter(deep) }
    let negations = String(repeating: "not ", count: 2000) + "width=1"
    #expect(throws: SearchError.self) { try PictureFilter(negations) }
    #expect(throws: SearchError.self) { try PictureFilter(String(repeating: "x", count: 20_000)) }
    var generator = SplitMix(state: 1)
    let pieces = [
      "(", ")", "and", "or", "not", "=", "~", "<=", "'", "\"", "\\", "taken", "2024", "!",
    ]
    for _ in 0..<3000 {
      let text = (0..<12).map { _ in pieces.randomElement(using: &generator)! }
        .joined(separator: Bool.random(using: &generator) ? " " : "")
      _ = try? PictureFilter(text)
    }
  }

  /// A library with pictures that differ in every field.
  static func library(
    _ folder: TemporaryFolder, _ store: StoreCase
  ) async throws -> PictureLibrary {
    let library = try await store.open(at: folder.library, model: WordModel(), creating: true)
    var records: [ImportedPicture] = []
    func add(
      _ path: String, taken: String? = nil, size: Int64 = 0, width: Int = 0, camera: String? = nil,
      caption: String? = nil, tags: [String] = []
    ) {
      records.append(
        ImportedPicture(
          path: path, vector: WordModel().vector(path), caption: caption, tags: tags, width: width,
          height: 10, size: size, taken: taken, camera: camera))
    }
    add("/照片/旅行/海.jpg", taken: "2024-05-01T10:00:00", size: 2_500_000, width: 4000)
    add("/照片/旅行/100%.jpg", taken: "2024-12-31T23:59:59", size: 1999, camera: "Canon EOS R5")
    add("/照片/家/猫.jpg", taken: "2025-01-01T00:00:00", size: 2000, tags: ["猫", "家"])
    add("/照片/家/狗_1.png", caption: "一只 Dog 在'跑'", tags: ["狗"])
    try await library.importPictures(records)
    return library
  }

  @Test(
    "a filter selects what it says",
    arguments: [
      ("taken = 2024", [1, 2]), ("taken > 2024", [3]), ("taken >= 2024", [1, 2, 3]),
      ("taken < 2024-12", [1]), ("taken <= 2024-12", [1, 2]), ("taken != 2024", [3, 4]),
      ("taken = 2024-12-31T23:59", [2]), ("taken = 2024/5/1", [1]), ("taken = ''", [4]),
      ("taken ~ '-01T'", [1, 3]), ("folder ~ 旅行", [1, 2]), ("folder = 家", [3, 4]),
      ("folder = /照片/旅行", [1, 2]), ("folder = 照片", []), ("name = 猫.jpg", [3]),
      ("name ~ %", [2]), ("name ~ _", [4]), ("path ~ JPG", [1, 2, 3]), ("size > 2kB", [1]),
      ("size >= 2000", [1, 3]), ("size = 2.5MB", [1]), ("width > 100", [1]),
      ("height = 10", [1, 2, 3, 4]), ("camera ~ canon", [2]),
      ("camera != 'Canon EOS R5'", [1, 3, 4]),
      ("caption ~ dog", [4]), ("caption = ''", [1, 2, 3]), ("caption = \"一只 Dog 在'跑'\"", [4]),
      ("tag = 猫", [3]), ("tag != 猫", [1, 2, 4]), ("tag ~ 家 or tag ~ 狗", [3, 4]),
      ("not taken > 2024 and folder ~ 旅行", [1, 2]), ("not (tag = 猫 or tag = 狗)", [1, 2]),
      ("size < 1 or width = 4000 and taken = 2024", [1, 4]), ("标签=猫 或 拍摄<2024-06", [1, 3]),
      ("（文件夹~旅行）且 大小>2MB", [1]), ("!(width > 0) && name ~ 猫", [3]),
    ] as [(String, [Int64])], StoreCase.allCases)
  func selections(_ selection: (expression: String, expected: [Int64]), _ store: StoreCase)
    async throws
  {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store)
    let found = try await library.pictures(
      where: PictureFilter(selection.expression), order: .added, limit: 100)
    #expect(found.map(\.id) == selection.expected)
  }

  @Test("a value is never read as SQL", arguments: StoreCase.allCases)
  func injection(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store)
    for value in ["'; DROP TABLE pictures; --", "' OR '1'='1", "\\", "%", "?1"] {
      let quoted = "\"" + value.replacingOccurrences(of: "\\", with: "\\\\") + "\""
      #expect(try await library.count(where: PictureFilter("name = " + quoted)) == 0)
    }
    #expect(try await library.count(where: nil) == 4)
  }
}
