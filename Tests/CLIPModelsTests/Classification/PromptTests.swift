import CLIPModels
import Foundation
import TestSupport
import Testing

@Suite("Prompts")
struct PromptTests {
  @Test("A label takes every place of a template")
  func places() throws {
    #expect(try PromptTemplate("一张{}的照片")("猫") == "一张猫的照片")
    #expect(try PromptTemplate("{}，就是{}")("猫") == "猫，就是猫")
  }

  @Test("A template without a place is refused by name")
  func noPlace() {
    #expect(
      throws: ModelError.prompts(
        source: "the template '一张照片'", problem: "it has no {} for the label")
    ) { try PromptTemplate("一张照片") }
  }

  @Test("A wrong line of a template file is named; notes and empty lines are not templates")
  func file() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write("# 说明\n一张{}的照片\r\n\n{}\n", to: "good.txt")
    #expect(try PromptSet(contentsOf: good).templates.map(\.text) == ["一张{}的照片", "{}"])
    let bad = try folder.write("{}\n\n没有位置\n", to: "bad.txt")
    let error = #expect(throws: ModelError.self) { try PromptSet(contentsOf: bad) }
    #expect("\(try #require(error))".contains("bad.txt, line 3: the template '没有位置'"))
    let empty = try folder.write("# 只有说明\n", to: "empty.txt")
    #expect(throws: ModelError.self) { try PromptSet(contentsOf: empty) }
  }

  @Test("The package's own sets can be read, hold no template twice, and say which they are")
  func bundled() throws {
    let names = try PromptSet.bundledNames()
    for name in [
      "aircraft", "cars", "digits", "faces", "flowers", "food", "general", "medical", "pets",
      "photographs", "products", "satellite", "textures", "wukong",
    ] {
      #expect(names.contains(name))
    }
    #expect(!names.contains("background"))
    for name in names {
      let templates = try PromptSet.bundled(name).templates
      #expect(templates.count >= 8, "\(name)")
      // Wukong's are kept as they were published.
      #expect(Set(templates).count == (name == "wukong" ? 78 : templates.count), "\(name)")
    }
    let error = #expect(throws: ModelError.self) { try PromptSet.named("nonsense") }
    #expect("\(try #require(error))".contains("general"))
  }

  @Test("FILIP's setting for ImageNet, five prefixes and six suffixes, makes thirty prompts")
  func product() throws {
    let grammar = PromptGrammar(
      prefixes: (1...5).map { "第\($0)张{}的照片" }, suffixes: (1...6).map { "理由\($0)" })
    let templates = try grammar.templates()
    #expect(templates.count == 30)
    #expect(templates[0]("猫") == "第1张猫的照片。理由1。")
  }

  @Test("Empty parts of a grammar leave clean punctuation")
  func emptyParts() throws {
    let grammar = PromptGrammar(
      prefixes: ["一张{}的照片", ""], categories: ["", " 一种动物， "], suffixes: ["", "我喜欢它。"])
    #expect(
      try grammar.templates().map { $0("猫") } == [
        "一张猫的照片", "一张猫的照片。我喜欢它。", "一张猫的照片，一种动物。",
        "一张猫的照片，一种动物。我喜欢它。", "猫", "猫。我喜欢它。", "猫，一种动物。", "猫，一种动物。我喜欢它。",
      ])
  }

  @Test("A grammar whose product is too large is refused before it is made")
  func largeGrammar() {
    let many = (0..<1000).map { "\($0){}" }
    #expect(throws: ModelError.self) {
      try PromptGrammar(prefixes: many, categories: many, suffixes: many).templates()
    }
  }

  @Test("A grammar is read from JSON")
  func grammarFile() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(#"{"prefixes": ["一张{}的照片"], "suffixes": ["", "很好"]}"#, to: "g.json")
    #expect(try PromptSet(contentsOf: url).templates.map(\.text) == ["一张{}的照片", "一张{}的照片。很好。"])
    let bad = try folder.write("[1]", to: "bad.json")
    #expect(throws: ModelError.self) { try PromptSet(contentsOf: bad) }
  }
}
