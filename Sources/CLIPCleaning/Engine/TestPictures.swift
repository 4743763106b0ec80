import CLIPData
import CLIPImages
import CLIPModels
import Foundation

/// What is known of the pictures and texts of test sets.
struct TestPictures: Sendable {
  private(set) var inputs: [PictureInput] = []
  /// Names of pictures by their files' hashes.
  private(set) var contents: [UInt64: String] = [:]
  /// Names of texts by their hashes; empty unless asked for.
  private(set) var texts: [UInt64: String] = [:]
  private var index = PerceptualHashIndex()
  private var fingerprints: [(name: String, fingerprint: PictureFingerprint)] = []

  /// Reads test sets.
  ///
  /// - Parameters:
  ///   - paths: as ``TestSet/open(_:)`` takes them.
  ///   - includesTexts: whether texts are remembered.
  /// - Throws: `DataError` for sets that cannot be read, also for a broken picture in one: what is not
  ///   known cannot be kept out.
  init(_ paths: [String], includesTexts: Bool) throws {
    for path in paths {
      for set in try TestSet.open(path) {
        if includesTexts {
          for (name, text) in set.texts { texts[CaptionKey.key(of: text)] = name }
        }
        let pictures = set.pictures
        let measures = concurrentMap(count: pictures.count) { place in
          Result { PictureMeasures(try pictures[place].load(), needs: [.content, .fingerprint]) }
        }
        for (picture, measures) in zip(pictures, measures) {
          let measures = try measures.get()
          if let failure = measures.failure {
            throw CleaningError.invalid("\(picture.name) cannot be compared with: \(failure).")
          }
          contents[measures.contentKey] = contents[measures.contentKey] ?? picture.name
          if let fingerprint = measures.fingerprint {
            index.insert(fingerprint.hash, fingerprints.count)
            fingerprints.append((picture.name, fingerprint))
          }
        }
        inputs += pictures
      }
    }
  }

  /// A test picture that nearly equals another.
  func name(nearlyEqualTo fingerprint: PictureFingerprint) -> String? {
    index.first(near: fingerprint.hash) { fingerprints[$0].fingerprint.nearlyEquals(fingerprint) }
      .map { fingerprints[$0].name }
  }

  /// The name of a test picture that a picture is, by its file or nearly.
  func name(of measures: PictureMeasures) -> String? {
    contents[measures.contentKey] ?? measures.fingerprint.flatMap { name(nearlyEqualTo: $0) }
  }
}

/// A set of pictures that training must not see, with their texts where it has some.
struct TestSet: Sendable {
  let pictures: [PictureInput]
  let texts: [(name: String, text: String)]

  /// Opens what a person names: one split as `DIR:SPLIT`, all splits of a folder of TSV files, tar
  /// shards, LMDB, or a folder of pictures.
  static func open(_ path: String) throws -> [TestSet] {
    if let colon = path.lastIndex(of: ":"), !FileManager.default.fileExists(atPath: path) {
      let split = String(path[path.index(after: colon)...])
      return [try TestSet(DatasetLocation.find(String(path[..<colon]), split: split), name: path)]
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let splits = names.filter { $0.hasSuffix("_imgs.tsv") }.map { String($0.dropLast(9)) }
    if !splits.isEmpty {
      return try splits.sorted().map { split in
        let name = "\(path):\(split)"
        if names.contains("\(split)_texts.jsonl") {
          return try TestSet(DatasetLocation.find(path, split: split), name: name)
        }
        let file = URL(filePath: path).appending(path: "\(split)_imgs.tsv")
        return TestSet(try TSVImageFile(file), name: name)
      }
    }
    if path.hasSuffix(".tar") || names.contains(where: { $0.hasSuffix(".tar") || $0 == "lmdb" }) {
      return [try TestSet(DatasetLocation.find(path, split: "test"), name: path)]
    }
    var lister = PictureLister()
    try lister.list(path)
    if let failure = lister.failures.first {
      throw DataError.unreadable(path: failure.path, reason: failure.reason)
    }
    guard !lister.files.isEmpty else {
      throw CleaningError.invalid("\(path) holds no pictures to compare with.")
    }
    return [TestSet(pictures: lister.files.map { PictureInput(path: $0.path) }, texts: [])]
  }

  private init(pictures: [PictureInput], texts: [(name: String, text: String)]) {
    self.pictures = pictures
    self.texts = texts
  }

  private init(_ location: DatasetLocation, name: String) throws {
    let dataset = try location.open(policy: .fail)
    pictures = try dataset.imageIDs().map { id in
      PictureInput(name: "\(name), picture \(id)") { try dataset.imageData(for: id) }
    }
    texts = try dataset.captions().map { ("\(name), text \($0.textID)", $0.text) }
  }

  private init(_ file: TSVImageFile, name: String) {
    pictures = file.ids.map { id in
      PictureInput(name: "\(name), picture \(id)") { try file.imageData(for: id) }
    }
    texts = []
  }
}
