import Files
import Foundation

/// What is sound in a pair of source files, with numbers for names.
struct SourceFilesRepair {
  /// The pictures to keep, in the order of the file, each with its number.
  let images: [(image: SourceFilesScan.Image, number: Int64)]
  /// The captions to keep.
  let captions: [Caption]
  /// Names that became numbers.
  let imageNames: [(name: String, number: Int64)]
  let textNames: [(name: String, number: Int64)]

  private let scan: SourceFilesScan

  init(_ scan: SourceFilesScan) {
    self.scan = scan
    // Of several pictures with one id the last counts, at the place of the first.
    var last: [RawIdentifier: SourceFilesScan.Image] = [:]
    for image in scan.images { last[image.id] = image }
    var imageNumbers = Numbering(scan.images.map(\.id))
    var seen = Set<RawIdentifier>()
    images = scan.images.filter { seen.insert($0.id).inserted }.compactMap { image in
      last[image.id].map { ($0, imageNumbers.number(of: image.id)) }
    }
    var textNumbers = Numbering(scan.texts.map(\.caption.textID))
    var seenTexts: [RawIdentifier: CaptionLine] = [:]
    var captions: [Caption] = []
    for text in scan.texts {
      let line = text.caption
      guard !CaptionKey.normalized(line.text).isEmpty else { continue }
      let number: Int64
      if let other = seenTexts[line.textID] {
        if other == line { continue }
        number = textNumbers.newNumber(for: "\(line.textID.text) in line \(text.line)")
      } else {
        number = textNumbers.number(of: line.textID)
        seenTexts[line.textID] = line
      }
      var named = Set<RawIdentifier>()
      let kept = line.imageIDs.filter { last[$0] != nil && named.insert($0).inserted }
      // A query without answers is legitimate; one that lost all of its answers is not.
      if kept.isEmpty, !line.imageIDs.isEmpty { continue }
      captions.append(
        Caption(
          textID: number, text: line.text,
          imageIDs: kept.map { imageNumbers.number(of: $0) }))
    }
    self.captions = captions
    imageNames = imageNumbers.names
    textNames = textNumbers.names
  }

  /// Writes the clean files.
  func write(to directory: URL, split: String) throws {
    let imageURL = directory.appendingPathComponent("\(split)_imgs.tsv")
    let textURL = directory.appendingPathComponent("\(split)_texts.jsonl")
    for url in [imageURL, textURL] where FileManager.default.fileExists(atPath: url.path) {
      throw DataError.alreadyExists(path: url.path)
    }
    try DataError.wrapping {
      let imageWriter = try AtomicFile(imageURL, makesFolder: true)
      for (image, number) in images {
        guard let decoded = Base64.decode(scan.imageFile.bytes(in: image.base64)) else { continue }
        try imageWriter.write("\(number)\t")
        try imageWriter.write(decoded.data.base64EncodedData())
        try imageWriter.write("\n")
      }
      let textWriter = try AtomicFile(textURL)
      for caption in captions { try textWriter.writeLine(PythonJSON.line(caption)) }
      try imageWriter.commit()
      try textWriter.commit()
      guard !imageNames.isEmpty || !textNames.isEmpty else { return }
      let nameWriter = try AtomicFile(directory.appendingPathComponent("\(split)_ids.tsv"))
      try nameWriter.writeLine("kind\tnumber\tname")
      for (name, number) in imageNames { try nameWriter.writeLine("image\t\(number)\t\(name)") }
      for (name, number) in textNames { try nameWriter.writeLine("text\t\(number)\t\(name)") }
      try nameWriter.commit()
    }
  }

  /// Gives names numbers that no other id has.
  private struct Numbering {
    private(set) var names: [(name: String, number: Int64)] = []
    private var numbers: [String: Int64] = [:]
    private var next: Int64 = 0
    private var taken = Set<Int64>()

    init(_ ids: [RawIdentifier]) {
      for case .number(let number) in ids { taken.insert(number) }
    }

    mutating func number(of id: RawIdentifier) -> Int64 {
      switch id {
      case .number(let number): return number
      case .name(let name):
        if let number = numbers[name] { return number }
        numbers[name] = newNumber(for: name)
        return next - 1
      }
    }

    mutating func newNumber(for name: String) -> Int64 {
      while taken.contains(next) { next += 1 }
      names.append((name, next))
      next += 1
      return next - 1
    }
  }
}
