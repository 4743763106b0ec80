import CLIPText
import Foundation

/// A `tokenizer.json` for the library `tokenizers`, whose ids are the model's.
///
/// Lower case, straight quotes and the words of BERT, as in the original's training.
struct BERTTokenizerJSON {
  private let vocabulary: Vocabulary
  private let contextLength: Int

  init(_ vocabulary: Vocabulary, contextLength: Int) {
    self.vocabulary = vocabulary
    self.contextLength = contextLength
  }

  /// The file's content.
  func data() throws -> Data {
    let specials = [
      ("[PAD]", vocabulary.paddingID), ("[UNK]", vocabulary.unknownID),
      ("[CLS]", vocabulary.classID), ("[SEP]", vocabulary.separatorID),
    ]
    let object: [String: Any] = [
      "version": "1.0",
      "truncation": [
        "direction": "Right", "max_length": contextLength, "strategy": "LongestFirst", "stride": 0,
      ],
      "padding": [
        "strategy": ["Fixed": contextLength], "direction": "Right", "pad_to_multiple_of": NSNull(),
        "pad_id": Int(vocabulary.paddingID), "pad_type_id": 0, "pad_token": "[PAD]",
      ],
      "added_tokens": specials.sorted { $0.1 < $1.1 }.map { piece, id in
        [
          "id": Int(id), "content": piece, "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true,
        ] as [String: Any]
      },
      "normalizer": [
        "type": "Sequence",
        "normalizers": [
          ["type": "Replace", "pattern": ["String": "“"], "content": "\""],
          ["type": "Replace", "pattern": ["String": "”"], "content": "\""],
          [
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": NSNull(), "lowercase": true,
          ] as [String: Any],
        ],
      ],
      "pre_tokenizer": ["type": "BertPreTokenizer"],
      "post_processor": [
        "type": "BertProcessing", "sep": ["[SEP]", Int(vocabulary.separatorID)],
        "cls": ["[CLS]", Int(vocabulary.classID)],
      ],
      "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
      "model": [
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 200, "vocab": pieces(),
      ],
    ]
    return try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
  }

  /// Ids by piece; of two equal pieces the later one counts, as in the original.
  private func pieces() -> [String: Int] {
    var pieces: [String: Int] = [:]
    for id in 0..<Int32(vocabulary.count) {
      if let piece = vocabulary.piece(of: id) { pieces[piece] = Int(id) }
    }
    return pieces
  }
}
