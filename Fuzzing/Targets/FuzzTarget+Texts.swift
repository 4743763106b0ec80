import CLIPData
import CLIPEvaluation
import CLIPText
import Files
import Foundation

/// Texts, tables and rows that people and other programs write.
extension FuzzTarget {
  private static let labeller = Result { ReportLabeller(try LabelTable.chest()) }

  static let texts: [FuzzTarget] = [
    FuzzTarget("json") { bytes in
      let mended = HalfSurrogates.replaced(in: Data(bytes))
      expect(mended.count == bytes.count, "half surrogates change no length")
      var facts = JSONScanner(bytes)
      try facts.object { _, scanner in _ = try scanner.fact() }
      var scanner = JSONScanner(bytes)
      try scanner.skip()
      try scanner.end()
    },
    FuzzTarget("floats") { bytes in
      var scanner = JSONScanner(bytes)
      expect(try scanner.floats().allSatisfy(\.isFinite), "a number that is none")
    },
    FuzzTarget("numpy") { bytes in
      let file = try NumPyFile(ScratchFolder.write(bytes, "matrix.npy"))
      let values = file.values()
      expect(values.count == file.rows * file.columns)
      if file.rows > 0 { expect(file.row(file.rows - 1).count == file.columns) }
    },
    FuzzTarget("text") { bytes in
      let text = try TextFile(Array(bytes), path: "text")
      expect(String(validating: text.bytes, as: UTF8.self) != nil, "text that is not UTF-8")
      _ = text.lines()
      let mapped = try MappedFile.text(ScratchFolder.write(bytes, "mapped.txt"))
      mapped.forEachLine { line in
        expect(mapped.lineNumber(at: line.range.lowerBound) == line.number)
      }
    },
    FuzzTarget("base64") { bytes in
      guard let decoded = Base64.decode(bytes) else { return }
      expect(!decoded.data.isEmpty && decoded.data.count <= bytes.count)
      // Foundation takes "59=9" too; what it would write itself has one reading.
      if let foundation = Data(base64Encoded: Data(bytes)),
        foundation.base64EncodedData().elementsEqual(bytes)
      {
        expect(decoded.data == foundation, "another reading than Foundation's")
      }
    },
    FuzzTarget("table") { bytes in
      let kinds: [(String, TableQuoting)] = [
        ("table.csv", .automatic), ("table.tsv", .automatic), ("table.csv", .csv),
        ("table.tsv", .none),
      ]
      let (name, quoting) = kinds[Int(bytes.first ?? 0) % kinds.count]
      let file = try ScratchFolder.write(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()), name)
      _ = try FileDataset(table: file, columns: TableColumns(quoting: quoting), policy: .skip)
    },
    FuzzTarget("labels") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let states = try labeller.get()(text)
      expect(states.count == 14, "a state for each label")
      for section in ReportSection.allCases { _ = section.part(of: text) }
      let own = try LabelTable(contentsOf: ScratchFolder.write(bytes, "labels.json"))
      expect(ReportLabeller(own)(text).count == own.labels.count)
    },
    FuzzTarget("pairs") { bytes in
      let folder = try Parts(bytes).write(["some_imgs.tsv", "some_texts.jsonl"], to: "pairs")
      try readAll(TSVDataset(directory: folder, split: "some", policy: .skip))
    },
    FuzzTarget("features") { bytes in
      let file = try ScratchFolder.write(bytes, "features.jsonl")
      let features = try FeatureFile.read(file, field: "image_id")
      expect(features.ids.count == features.embeddings.count)
    },
    FuzzTarget("rankings") { bytes in
      _ = try RankingFile.read(ScratchFolder.write(bytes, "rankings.jsonl"))
    },
    FuzzTarget("tokens") { bytes in
      let tokens = try bundledTokenizer.get()(utf8: [bytes])
      expect(tokens.ids.count <= 52 && tokens.ids.count >= 2)
      let text = String(decoding: bytes, as: UTF8.self)
      expect(try bundledTokenizer.get()([text]).ids.count >= 2)
    },
    FuzzTarget("tokenizer") { bytes in
      let parts = Parts(bytes)
      let file = Array(parts["tokenizer.json"] ?? bytes)
      let whole = try HuggingFaceTokenizer(bytes: file)
      let tokenizer = try whole.configured(contextLength: 70)
      expect(tokenizer.piece(of: tokenizer.paddingID) != nil, "padding without a piece")
      let text = String(decoding: parts["text"] ?? bytes, as: UTF8.self)
      let tokens = tokenizer([text, "", "A 猫's ½\u{301}\u{200D}\n\n <mask>"])
      for row in 0..<tokens.count {
        expect(tokens.length(of: row) <= 70, "more ids than the context takes")
      }
      for id in tokens.ids { expect(tokenizer.piece(of: id) != nil, "an id without a piece") }
    },
    FuzzTarget("merges") { bytes in
      let tokenizer = try OpenAITokenizer(bytes: Array(bytes))
      for id in tokenizer.ids(for: String(decoding: bytes.prefix(4096), as: UTF8.self)) {
        expect(id >= 0 && id < tokenizer.vocabularyCount, "an id out of range")
      }
    },
    FuzzTarget("vocabulary") { bytes in
      let parts = Parts(bytes)
      let vocabulary = try Vocabulary(bytes: Array(parts[""] ?? bytes))
      let tokenizer = try BERTTokenizer(vocabulary: vocabulary, contextLength: 16)
      for id in tokenizer.ids(for: String(decoding: parts["text"] ?? bytes, as: UTF8.self)) {
        expect(vocabulary.piece(of: id) != nil, "an id without a piece")
      }
    },
  ]

  private static let bundledTokenizer = Result {
    try BERTTokenizer(vocabulary: .bundled())
  }

  /// Reads everything that a data set says it has.
  static func readAll(_ dataset: some PairDataset) throws {
    for index in 0..<min(dataset.pairCount, 64) { _ = try dataset.pair(at: index) }
    _ = try dataset.captions()
    for id in try dataset.imageIDs().prefix(64) { _ = try dataset.imageData(for: id) }
  }
}
