import CLIPText
import Testing

@Suite("CLIPTextError")
struct CLIPTextErrorTests {
  @Test("every error is a sentence that names the input and what was expected")
  func sentences() {
    let sentences = [
      CLIPTextError.contextLengthOutOfRange(513):
        "The context length is 513, but it must be from 2 to 512 tokens, [CLS] and [SEP] included.",
      .contextLengthUnusable(1, limits: 3...77):
        "The context length is 1, but it must be from 3 to 77 tokens, those that mark a text's"
        + " beginning and end included.",
      .vocabularyUnreadable(file: "v.txt", reason: "no such file"):
        "The vocabulary v.txt cannot be read: no such file.",
      .vocabularyEmpty(file: "v.txt"):
        "The vocabulary v.txt is empty; expected a text file with one piece a line.",
      .vocabularyTooLarge(file: "v.txt", limit: 8):
        "The vocabulary v.txt has more than 8 bytes; expected a text file with one piece a line."
        + " Is it another kind of file?",
      .vocabularyNotUTF8(file: "v.txt", line: 3, advice: "is it another kind of file?"):
        "Line 3 of the vocabulary v.txt is not UTF-8; is it another kind of file?",
      .tokenizerUnsupported(file: "t.json", problem: "it is empty"):
        "The tokenizer t.json cannot be used: it is empty.",
      .vocabularyLacks(piece: "[PAD]", file: "v.txt"):
        "The vocabulary v.txt has no line [PAD]; a BERT vocabulary has [PAD], [UNK], [CLS] and"
        + " [SEP], each on a line of its own.",
    ]
    for (error, sentence) in sentences {
      #expect(error.description == sentence)
    }
  }
}
