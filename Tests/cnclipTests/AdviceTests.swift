import Foundation
import TestSupport
import Testing

@Suite("What the command adds to the libraries' errors")
struct AdviceTests {
  @Test("a preset without weights: where they come from")
  func weights() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(
      ["embed", "texts", "-", "--model", "ViT-B-16"],
      environment: ["CNCLIP_CACHE": folder.path])
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("its weights are not here yet. Run 'cnclip download ViT-B-16'"))
  }

  @Test("a table with an open quotation mark: how to say what the mark means")
  func quotation() throws {
    let folder = try TemporaryFolder()
    try folder.write("image,caption\na.jpg,\"open\n", to: "pairs.csv")
    let outcome = try Command.run(
      "dataset", "import", "pairs.csv", "--output", "out", "--split", "train", in: folder.url)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("is never closed. Say --quoting none"))
  }

  @Test("names where numbers must be: what numbers them")
  func names() throws {
    let folder = try TemporaryFolder()
    try folder.write("photo.jpg\tQUJD\n", to: "data/train_imgs.tsv")
    try folder.write(
      #"{"text_id": 1, "text": "猫", "image_ids": [1]}"#, to: "data/train_texts.jsonl")
    let outcome = try Command.run(
      "dataset", "lmdb", "data", "--splits", "train", in: folder.url)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(
      outcome.errors.contains(
        "\"photo.jpg\" is not a whole number. 'cnclip dataset check --fix' numbers"))
  }
}
