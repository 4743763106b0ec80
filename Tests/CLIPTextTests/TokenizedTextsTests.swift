import CLIPText
import Testing

@Suite("TokenizedTexts")
struct TokenizedTextsTests {
  @Test("rows are filled up with [PAD] to the length asked for")
  func padding() throws {
    let texts = try BERTTokenizer.api()(["猫", "", "小猫"])
    #expect(texts.maximumLength == 4)
    #expect(
      texts.padded(to: 5)
        == [101, 4344, 102, 0, 0, 101, 102, 0, 0, 0, 101, 2207, 4344, 102, 0])
  }

  @Test("a row that is too long is cut as by a shorter context")
  func paddingShorter() throws {
    let texts = ["一只可爱的小猫", "猫", "iPhone14ProMax"]
    let long = try BERTTokenizer.api()(texts)
    let short = try BERTTokenizer.api(contextLength: 4)(texts)
    #expect(long.padded(to: 4) == short.padded(to: 4))
  }

  @Test("chosen rows come in the order asked for")
  func chosenRows() throws {
    let texts = try BERTTokenizer.api()(["猫", "", "小猫"])
    #expect(texts.padded(rows: [2, 0], to: 4) == [101, 2207, 4344, 102, 101, 4344, 102, 0])
  }

  @Test("the filling is the vocabulary's [PAD], wherever it is")
  func paddingElsewhere() throws {
    let vocabulary = try Vocabulary(contentsOf: Fixtures.url("vocabulary.txt"))
    let texts = try BERTTokenizer(vocabulary: vocabulary)(["狗"])
    #expect(texts.padded(to: 4) == [10, 13, 1, 8])
  }
}
