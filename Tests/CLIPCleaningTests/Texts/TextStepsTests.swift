import CLIPCleaning
import Foundation
import TestSupport
import Testing

struct TextStepsTests {
  private struct Pair: Decodable {
    let text: String
    let simplified: String
  }

  @Test("traditional texts become what OpenCC makes of them")
  func simplified() throws {
    let table = try SimplifiedTable.bundled()
    for pair in try Fixture.json("simplified.json", as: [Pair].self) {
      #expect(table.simplified(pair.text) == pair.simplified)
      #expect(
        table.simplified(pair.simplified) == table.simplified(table.simplified(pair.simplified)))
    }
    #expect(table.scripts(of: "一個女孩在圖書館") == (4, 0))
    #expect(table.scripts(of: "一个女孩在图书馆") == (0, 4))
    #expect(table.scripts(of: "皇后乾隆") == (0, 0))
  }

  @Test(
    "a text's language is told by its scripts",
    arguments: [
      ("一只可爱的小猫", "zh"), ("一個女孩在圖書館", "zh"), ("iPhone 13 手机正面照片", "zh"),
      ("公園で遊ぶ子ども", "ja"), ("駅前広場", "ja"), ("캠핑하는 사람들", "ko"),
      ("a red car", "en"), ("café à Paris", "en"), ("кошка на окне", "other"), ("12345", "other"),
      ("", "other"), ("😀", "other"), ("史蒂夫・乔布斯的照片", "zh"),
    ])
  func language(text: String, expected: String) {
    #expect(TextLanguage(TextLanguage.Scripts(text)).rawValue == expected)
  }

  @Test(
    "words are Han characters, and runs of other letters and digits",
    arguments: [
      ("一只猫", 3), ("iPhone 13 手机", 4), ("it's a dog", 3), ("", 0), ("……！", 0), ("カメラ", 3),
      ("A-B", 2),
    ])
  func words(text: String, count: Int) {
    #expect(TextMeasures.wordCount(of: text) == count)
  }

  @Test("bits a character follow the text's own frequencies")
  func entropy() {
    #expect(TextMeasures.entropy(of: "哈哈哈哈") == 0)
    #expect(TextMeasures.entropy(of: "一二三四") == 2)
    #expect(abs(TextMeasures.entropy(of: "一一二") - 0.918_295_834) < 1e-8)
    #expect(TextMeasures.entropy(of: "") == 0)
  }

  @Test(
    "emoji are found, and signs of plain texts are not",
    arguments: [
      ("猫😀", true), ("❤️", true), ("1️⃣", true), ("👍🏻", true), ("⭐", true), ("©2021", false),
      ("3#5*", false), ("→", false), ("™", false), ("❤", false),
    ])
  func emoji(text: String, isFound: Bool) {
    #expect((TextMeasures.emoji(in: text) != nil) == isFound)
  }

  @Test("loosely equal texts differ in width, case, blanks and punctuation only")
  func looseKeys() {
    let key = TextMeasures.looseKey(of: "iPhone 13，手机！")
    #expect(key == TextMeasures.looseKey(of: "ｉｐｈｏｎｅ１３手机"))
    #expect(key != TextMeasures.looseKey(of: "iPhone 14 手机"))
    #expect(TextMeasures.looseKey(of: "！！") != TextMeasures.looseKey(of: "……"))
  }

  @Test("many words are found as one by one")
  func wordMatcher() {
    var generator = SplitMix(state: 3)
    func text(_ length: Int) -> String {
      String((0..<length).map { _ in "甲乙丙aB".randomElement(using: &generator) ?? "甲" })
    }
    for _ in 0..<200 {
      let words = (0..<8).map { _ in text(Int.random(in: 1...4, using: &generator)) }
      let matcher = WordMatcher(words)
      let sample = text(Int.random(in: 0...12, using: &generator))
      let lower = sample.lowercased()
      let expected = Set(words.filter { lower.contains($0.lowercased()) }.map { $0.lowercased() })
      #expect(Set(matcher.all(in: sample).map { words[$0].lowercased() }) == expected)
      #expect((matcher.first(in: sample) == nil) == expected.isEmpty)
    }
    #expect(WordMatcher([""]).first(in: "什么") == nil)
    #expect(WordMatcher(["赌博"]).first(in: "网上赌博网站") == "赌博")
  }

  @Test(
    "names are replaced where a title or a profession tells them",
    arguments: [
      ("演员王小明出席活动", "演员〈人名〉出席活动"), ("李建国教授在讲课", "〈人名〉教授在讲课"),
      ("欧阳娜娜女士在舞台上", "〈人名〉女士在舞台上"), ("歌手周华的新专辑", "歌手〈人名〉的新专辑"),
      ("马上就要下雨的街道", "马上就要下雨的街道"), ("张先生和他的狗", "〈人名〉先生和他的狗"),
      ("黄色的花", "黄色的花"), ("高级教授的课", "高级教授的课"), ("两位老师在教室", "两位老师在教室"),
    ])
  func names(text: String, expected: String) {
    #expect(PersonNames(token: "〈人名〉", names: [], guesses: true).replaced(text) == expected)
  }

  @Test("names of the user's list are replaced wherever they stand, the longest first")
  func listedNames() {
    let names = PersonNames(token: "N", names: ["王力", "王力宏", "Bob"], guesses: false)
    #expect(names.replaced("王力宏和王力在听bob唱歌") == "N和N在听N唱歌")
    #expect(names.replaced("王先生") == "王先生")
  }
}
