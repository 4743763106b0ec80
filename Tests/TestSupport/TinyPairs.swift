package import Foundation

/// A data set small enough for a test: pictures of 16 × 16 pixels with a caption of two characters
/// each, and the vocabulary of those captions.
package enum TinyPairs {
  /// Writes `vocab.txt` and `{train,valid}_{imgs.tsv,texts.jsonl}`, the same pairs in both splits.
  package static func write(_ count: Int = 24, to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(vocabularyBytes).write(to: folder.appending(path: "vocab.txt"))
    for split in ["train", "valid"] {
      var images = ""
      var texts = ""
      for index in 0..<count {
        images += "\(100 + index)\t\(bitmap(index).base64EncodedString())\n"
        let text = String(character(index)) + String(character(index / 5 + 30))
        texts += "{\"text_id\": \(index), \"text\": \"\(text)\", \"image_ids\": [\(100 + index)]}\n"
      }
      try Data(images.utf8).write(to: folder.appending(path: "\(split)_imgs.tsv"))
      try Data(texts.utf8).write(to: folder.appending(path: "\(split)_texts.jsonl"))
    }
  }

  /// Four special entries and 56 ideographs.
  package static let vocabularyBytes = Array(
    (["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + (4..<60).map { String(character($0)) })
      .joined(separator: "\n").utf8)

  private static func character(_ index: Int) -> Character {
    Character(Unicode.Scalar(UInt32(0x4E00 + 4 + (index - 4 + 56) % 56)) ?? "一")
  }

  /// A picture whose colours and stripes tell its number.
  package static func bitmap(_ index: Int, side: Int = 16) -> Data {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var data = Array("BM".utf8) + bytes(54 + side * side * 3, 4) + bytes(0, 4) + bytes(54, 4)
    data += bytes(40, 4) + bytes(side, 4) + bytes(side, 4) + bytes(1, 2) + bytes(24, 2)
    data += [UInt8](repeating: 0, count: 24)
    for y in 0..<side {
      for x in 0..<side {
        let stripe = (x + y * index) % 7 < 3
        data += [UInt8(index * 9 % 256), stripe ? 220 : 30, UInt8((index * 37 + x * 3) % 256)]
      }
    }
    return Data(data)
  }
}
