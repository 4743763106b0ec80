import Files
package import Foundation

/// Captions of pictures in another language, as COCO and Visual Genome publish them.
///
/// The file is mapped and read in one pass; of Visual Genome's five million regions 24 bytes each stay in
/// memory, and every different sentence once.
package struct Annotations: Sendable {
  /// Whose file it is.
  package enum Form: String, Sendable, CaseIterable {
    /// `captions_*.json`: `{"images": [{"id", "file_name"}], "annotations": [{"id", "image_id", "caption"}]}`.
    case coco
    /// `region_descriptions.json`: `[{"id", "regions": [{"region_id", "phrase", "width", "height"}]}]`.
    case visualGenome = "visual-genome"
  }

  /// One caption of a picture.
  struct Entry: Sendable, Equatable {
    let id: Int64
    let image: Int64
    /// Which of ``sentences``.
    let sentence: Int
  }

  /// The captions, in the file's order.
  private(set) var entries: [Entry] = []
  /// Different sentences, each once, in the order in which they first occur.
  package private(set) var sentences: [String] = []
  /// Names of picture files that the file itself gives.
  private(set) var fileNames: [Int64: String] = [:]
  /// COCO's ids of Visual Genome's pictures, from `image_data.json`.
  package private(set) var cocoIDs: [Int64: Int64] = [:]

  private var places: [String: Int] = [:]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - url: the annotations.
  ///   - form: whose they are.
  ///   - regions: of Visual Genome's regions of a picture so many stay, the largest first; all if nil.
  ///   - imageData: Visual Genome's `image_data.json`, which knows COCO's ids.
  /// - Throws: ``CleaningError`` with the byte at which the JSON is wrong.
  package init(
    _ url: URL, form: Form, regions: Int? = nil, imageData: URL? = nil
  ) throws {
    try Self.scan(url) { scanner in
      switch form {
      case .coco: try readCOCO(&scanner)
      case .visualGenome: try readVisualGenome(&scanner, regions)
      }
    }
    places = [:]
    guard !entries.isEmpty else {
      throw CleaningError.invalid("\(url.path) holds no captions of the form \(form.rawValue).")
    }
    if let imageData { try Self.scan(imageData) { try readImageData(&$0) } }
  }

  private static func scan(
    _ url: URL, _ body: (inout JSONScanner) throws -> Void
  ) throws {
    let file = try CleaningError.wrapping { try MappedFile.text(url) }
    var scanner = JSONScanner(file.bytes(in: file.textStart..<file.count))
    do {
      try body(&scanner)
      try scanner.end()
    } catch let problem as JSONProblem {
      throw CleaningError.unreadable(path: url.path, reason: "\(problem)")
    }
  }

  private mutating func add(_ text: String, id: Int64, image: Int64) {
    // A sentence is a line of what the translator reads.
    let sentence = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !sentence.isEmpty else { return }
    let place = places[sentence] ?? sentences.count
    if place == sentences.count {
      places[sentence] = place
      sentences.append(sentence)
    }
    entries.append(Entry(id: id, image: image, sentence: place))
  }

  private mutating func readCOCO(_ scanner: inout JSONScanner) throws {
    try scanner.object { key, scanner in
      switch key {
      case "images":
        try scanner.array { scanner in
          let fields = try Fields(&scanner)
          fileNames[try fields.number("id", &scanner)] = fields.texts["file_name"]
        }
      case "annotations":
        try scanner.array { scanner in
          let fields = try Fields(&scanner)
          add(
            try fields.text("caption", &scanner), id: try fields.number("id", &scanner),
            image: try fields.number("image_id", &scanner))
        }
      default: try scanner.skip()
      }
    }
  }

  private mutating func readVisualGenome(_ scanner: inout JSONScanner, _ limit: Int?) throws {
    try scanner.array { scanner in
      var image: Int64?
      var regions: [(area: Int64, id: Int64, phrase: String)] = []
      try scanner.object { key, scanner in
        switch key {
        case "id", "image_id": image = try scanner.integer()
        case "regions":
          try scanner.array { scanner in
            let fields = try Fields(&scanner)
            let sides = ["width", "height"].map { fields.numbers[$0] ?? 0 }
            regions.append(
              (
                sides[0].multipliedReportingOverflow(by: sides[1]).partialValue,
                try fields.number("region_id", &scanner), try fields.text("phrase", &scanner)
              ))
          }
        default: try scanner.skip()
        }
      }
      guard let image else { throw scanner.problem("a picture has no \"id\"") }
      if let limit, regions.count > limit {
        let largest = regions.indices.sorted { (regions[$1].area, $0) < (regions[$0].area, $1) }
        regions = largest.prefix(limit).sorted().map { regions[$0] }
      }
      for region in regions { add(region.phrase, id: region.id, image: image) }
    }
  }

  private mutating func readImageData(_ scanner: inout JSONScanner) throws {
    try scanner.array { scanner in
      let fields = try Fields(&scanner)
      let image = try fields.numbers["image_id"] ?? fields.number("id", &scanner)
      if let coco = fields.numbers["coco_id"] { cocoIDs[image] = coco }
    }
  }

  /// Texts and whole numbers of an object; all else is passed over.
  private struct Fields {
    var texts: [String: String] = [:]
    var numbers: [String: Int64] = [:]

    init(_ scanner: inout JSONScanner) throws {
      var texts: [String: String] = [:]
      var numbers: [String: Int64] = [:]
      let wanted: Set<String> = [
        "id", "image_id", "region_id", "coco_id", "width", "height", "caption", "phrase",
        "file_name",
      ]
      try scanner.object { key, scanner in
        guard wanted.contains(key) else { return try scanner.skip() }
        switch scanner.peek() ?? 0 {
        case UInt8(ascii: "\""): texts[key] = try scanner.string()
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
          numbers[key] = try scanner.integer()
        default: try scanner.skip()
        }
      }
      self.texts = texts
      self.numbers = numbers
    }

    func number(_ key: String, _ scanner: inout JSONScanner) throws -> Int64 {
      guard let number = numbers[key] else {
        throw scanner.problem("the whole number \"\(key)\" is missing")
      }
      return number
    }

    func text(_ key: String, _ scanner: inout JSONScanner) throws -> String {
      guard let text = texts[key] else { throw scanner.problem("the text \"\(key)\" is missing") }
      return text
    }
  }
}
