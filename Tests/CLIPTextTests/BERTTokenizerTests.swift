import CLIPText
import Testing

@Suite("BERTTokenizer")
struct BERTTokenizerTests {
  /// Texts with the ids that `cn_clip.clip.tokenize` gives, `[CLS]` and `[SEP]` left out.
  static let goldens: [(text: String, ids: [Int32])] = [
    ("杰尼龟", [3345, 2225, 7991]),
    ("妙蛙种子", [1975, 6032, 4905, 2094]),
    ("小火龙", [2207, 4125, 7987]),
    ("皮卡丘", [4649, 1305, 687]),
    ("高级感托特包斜挎", [7770, 5277, 2697, 2805, 4294, 1259, 3162, 2903]),
    ("32不粘锅", [8211, 679, 5111, 7222]),
    ("iPhone14ProMax", [8210, 8717, 10538, 10014]),
    ("iPhone 13 Pro", [8210, 8124, 8376]),
    ("Café ÀÉÎ", [8377, 11978, 8169]),
    ("“你好”…—", [100, 872, 1962, 100, 100, 100]),
    ("[MASK]", [138, 9622, 8998, 140]),
    ("[CLS]你好[SEP]", [138, 12847, 8118, 140, 872, 1962, 138, 9463, 140]),
    ("a\u{200B}b", [9386]),
    ("a\u{0}b", [9386]),
    ("ＡＢＣ１２３", [8051, 12641, 10675, 8939, 8929, 9089]),
    ("ａbc", [8051, 9242]),
    ("がぎ", [541, 8816]),
    ("한국어", [303, 10928, 9877, 13454, 13479, 11953, 13463, 13472]),
    ("\u{304B}\u{309B}", [100]),
    ("ΟΔΟΣ", [222, 13383, 13392, 13395]),
    ("İstanbul", [8310, 10105, 11381, 8178]),
    ("🔥热", [8103, 4178]),
    ("❤️", [506]),
    ("👍🏻", [100]),
    ("👨‍👩‍👧", [100]),
    ("¥100", [175, 8823]),
    ("￥100", [8101, 8823]),
    ("$100", [109, 8135]),
    ("100℃", [8135, 8320]),
    ("H₂O", [150, 12831, 8167]),
    ("CO₂", [8792, 12831]),
    ("3.5%", [124, 119, 126, 110]),
    ("C++", [145, 116, 116]),
    ("a_b", [143, 142, 144]),
    ("#话题#", [108, 6413, 7579, 108]),
    ("～～", [8734]),
    ("～", [8080]),
    ("《书》", [517, 741, 518]),
    ("\u{F900}", [6488]),
    ("\t制表\n换行", [1169, 6134, 2940, 6121]),
    ("\u{2028}行", [6121]),
    ("\u{85}x", [166]),
    ("\u{A0}a", [143]),
    ("\u{FFFD}", []),
    ("", []),
    ("   ", []),
    ("𠀀", [100]),
    ("ﬁ", [100]),
    ("Ⅻ", [100]),
    ("㎏", [100]),
    ("½", [100]),
    ("½杯", [100, 3344]),
  ]

  @Test("golden texts have the original's ids", arguments: goldens)
  func golden(text: String, ids: [Int32]) throws {
    #expect(try BERTTokenizer.api().inner(text) == ids)
  }

  @Test("a word has pieces up to 200 code points and is unknown beyond")
  func longestWord() throws {
    let tokenizer = try BERTTokenizer.api(contextLength: 512)
    let longest = tokenizer.inner(String(repeating: "x", count: 200))
    #expect(longest.count == 67)
    #expect(longest.prefix(2) == [12243, 12812])
    #expect(tokenizer.inner(String(repeating: "x", count: 201)) == [100])
  }

  @Test("generated texts over all of Unicode have the original's ids in both normalisations")
  func generated() throws {
    let texts = try Fixtures.generatedTexts()
    #expect(texts.count == 2000)
    let api = try BERTTokenizer.api()
    let training = try BERTTokenizer(vocabulary: .bundled())
    for text in texts {
      #expect(api.ids(for: text.text) == text.api, "\(text.text.debugDescription)")
      #expect(
        training.ids(for: text.text) == text.training ?? text.api, "\(text.text.debugDescription)")
    }
    #expect(texts.contains { $0.training != nil })
  }

  @Test(
    "every code point, alone and among others, has the original's ids",
    arguments: TextNormalization.allCases)
  func everyCodePoint(normalization: TextNormalization) throws {
    let expected = try #require(Fixtures.codePointHashes()[normalization.rawValue])
    let tokenizer = try BERTTokenizer(
      vocabulary: .bundled(), contextLength: 512, normalization: normalization)
    for (block, expected) in expected.enumerated() {
      let texts = (block * 4096..<(block + 1) * 4096).compactMap { value -> String? in
        Unicode.Scalar(UInt32(value)).map { "\($0) a\($0)b Α\($0)Σ ΑΣ\($0)Α \($0)Σ Σ\($0)" }
      }
      let tokenized = tokenizer(texts)
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for index in 0..<tokenized.count {
        for id in tokenized[index].dropFirst().dropLast() {
          hash = (hash ^ UInt64(id)) &* 0x100_0000_01B3
        }
      }
      let first = String(block * 4096, radix: 16)
      #expect(hash == UInt64(expected, radix: 16), "the 4,096 code points from U+\(first)")
    }
  }

  @Test("the training normalisation reads curly quotes as straight ones, the other does not")
  func curlyQuotes() throws {
    let training = try BERTTokenizer(vocabulary: .bundled())
    #expect(training.inner("“你好”") == [107, 872, 1962, 107])
    #expect(try BERTTokenizer.api().inner("“你好”") == [100, 872, 1962, 100])
  }

  @Test("sigma is final before a control character only if the control character is still there")
  func sigmaAndControlCharacters() throws {
    let text = "ΑΣ\u{1}Α"
    let training = try BERTTokenizer(vocabulary: .bundled())
    #expect(training.inner(text) == training.inner("ας\u{1}α"))
    #expect(try BERTTokenizer.api().inner(text) == training.inner("ασα"))
    #expect(training.inner("ας\u{1}α") != training.inner("ασα"))
  }

  @Test("a long text keeps its head and ends with [SEP], and is counted")
  func truncation() throws {
    let texts = try BERTTokenizer.api()([
      String(repeating: "“一只猫”", count: 30), "猫", String(repeating: "猫", count: 50),
      String(repeating: "猫", count: 51),
    ])
    #expect(texts[0].prefix(5) == [101, 100, 671, 1372, 4344])
    #expect((0..<4).map(texts.length(of:)) == [52, 3, 52, 52])
    #expect((0..<4).allSatisfy { texts[$0].last == 102 })
    #expect(texts.truncatedCount == 2)
  }

  @Test("a word across the end of the context is split whole before it is cut")
  func truncationWithinWord() throws {
    let tokenizer = try BERTTokenizer.api(contextLength: 4)
    #expect(tokenizer.ids(for: "iPhone14ProMax") == [101, 8210, 8717, 102])
    // Four pieces and a letter that no piece has: unknown as a whole.
    #expect(tokenizer.ids(for: "iPhone14ProMax\u{10380}") == [101, 100, 102])
  }

  @Test("a context of two has room for [CLS] and [SEP] only")
  func smallestContext() throws {
    let texts = try BERTTokenizer.api(contextLength: 2)(["猫", ""])
    #expect(texts.ids == [101, 102, 101, 102])
    #expect(texts.truncatedCount == 1)
  }

  @Test("a context length out of 2 to 512 is refused", arguments: [Int.min, 0, 1, 513, Int.max])
  func contextLengthOutOfRange(length: Int) {
    #expect(throws: CLIPTextError.contextLengthOutOfRange(length)) {
      try BERTTokenizer(vocabulary: .bundled(), contextLength: length)
    }
  }

  @Test("a batch has the ids of its texts one by one")
  func batchEqualsSingle() throws {
    let tokenizer = try BERTTokenizer(vocabulary: .bundled(), contextLength: 12)
    let texts = try Fixtures.generatedTexts().map(\.text)
    let batch = tokenizer(texts)
    #expect(batch.count == texts.count)
    #expect(batch.offsets.first == 0 && batch.offsets.last == batch.ids.count)
    var truncatedCount = 0
    for (index, text) in texts.enumerated() {
      let single = tokenizer([text])
      #expect(Array(batch[index]) == single.ids)
      truncatedCount += single.truncatedCount
    }
    #expect(batch.truncatedCount == truncatedCount)
    #expect(truncatedCount > 0)
  }

  @Test("no text gives no ids")
  func emptyBatch() throws {
    let texts = try BERTTokenizer.api()([])
    #expect(texts.count == 0 && texts.ids.isEmpty && texts.offsets == [0])
    #expect(texts.maximumLength == 0)
    #expect(texts.padded(to: 52).isEmpty)
  }
}
