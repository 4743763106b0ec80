import CLIPText
import Testing

@Suite("BERTTokenizer: pieces and texts")
struct BERTTokenizerPiecesTests {
  @Test("pieces are the tokens between [CLS] and [SEP]")
  func pieces() throws {
    let tokenizer = try BERTTokenizer.api(contextLength: 7)
    #expect(tokenizer.pieces(for: "iPhone14ProMax") == ["iphone", "##14", "##pro", "##max"])
    #expect(tokenizer.pieces(for: "½杯 Café") == ["[UNK]", "杯", "cafe"])
    #expect(tokenizer.pieces(for: "一只可爱的小猫") == ["一", "只", "可", "爱", "的"])
  }

  @Test("a text read back has no spaces beside ideographs, unless the original's are asked for")
  func readBack() throws {
    let tokenizer = try BERTTokenizer.api()
    let ids = tokenizer.ids(for: "皮卡丘和 iPhone14ProMax，3.5元!")
    #expect(tokenizer.text(for: ids) == "皮卡丘和iphone14promax，3. 5元!")
    #expect(
      tokenizer.text(for: ids, spacedIdeographs: true)
        == "皮 卡 丘 和 iphone14promax ， 3. 5 元!")
  }

  @Test("reading back leaves padding and ids without a piece out and keeps [UNK]")
  func readBackUnknown() throws {
    let tokenizer = try BERTTokenizer.api()
    #expect(tokenizer.text(for: [101, 100, 4344, 102, 0, 0, -1, 21128, .max]) == "[UNK]猫")
  }

  @Test("English is cleaned up as in the original")
  func english() throws {
    let tokenizer = try BERTTokenizer.api()
    #expect(
      tokenizer.text(for: tokenizer.ids(for: "It's a cat, isn't it?")).hasPrefix("it's a cat,"))
  }

  @Test("ids survive a text read back and tokenized again")
  func roundTrip() throws {
    let tokenizer = try BERTTokenizer.api()
    for text in ["一只可爱的小猫", "红色的iPhone14ProMax手机壳", "《书》和 H₂O"] {
      let ids = tokenizer.ids(for: text)
      #expect(tokenizer.ids(for: tokenizer.text(for: ids)) == ids)
    }
  }
}
