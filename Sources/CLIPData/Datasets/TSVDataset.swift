import Files
public import Foundation

/// Chinese-CLIP's own source files, read where they lie.
///
/// `{split}_imgs.tsv` has lines `id<TAB>base64`, `{split}_texts.jsonl` one caption a line. No conversion is
/// needed before training. Both files are mapped into memory. Opening reads them once, keeps where each line starts, and checks
/// every id; the texts and pictures themselves stay in the files.
public final class TSVDataset: PairDataset {
  /// The folder and split.
  public let source: String
  /// Lines that were left out; empty under ``DamagePolicy/fail``.
  public let problems: [DataError]
  /// Number of pairs.
  public var pairCount: Int { pairStarts[captionOffsets.count] }

  private let images: TSVImageFile
  private let texts: MappedFile
  private let captionOffsets: [Int]
  /// Index of the first pair of each caption; one more at the end.
  private let pairStarts: [Int]

  /// Opens `{split}_imgs.tsv` and `{split}_texts.jsonl` in a folder.
  ///
  /// - Parameters:
  ///   - directory: the folder.
  ///   - split: `train`, `valid`, `test` or any other prefix.
  ///   - policy: what to do with wrong lines and captions of missing pictures.
  /// - Throws: ``DataError`` with the line.
  public convenience init(
    directory: URL, split: String, policy: DamagePolicy = .fail
  ) throws {
    try self.init(
      images: directory.appendingPathComponent("\(split)_imgs.tsv"),
      texts: directory.appendingPathComponent("\(split)_texts.jsonl"),
      source: directory.appendingPathComponent(split).path, policy: policy)
  }

  /// Opens two files by name.
  ///
  /// - Parameters:
  ///   - images: lines `id<TAB>base64`.
  ///   - texts: lines `{"text_id": …, "text": …, "image_ids": […]}`.
  ///   - source: what messages call the set; the texts' path if nil.
  ///   - policy: what to do with wrong lines and captions of missing pictures.
  /// - Throws: ``DataError`` with the line.
  public init(
    images: URL, texts: URL, source: String? = nil, policy: DamagePolicy = .fail
  ) throws {
    let imageFile = try TSVImageFile(images, policy: policy)
    let textFile = try DataError.wrapping { try MappedFile.text(texts) }
    var problems = imageFile.problems
    var offsets: [Int] = []
    var starts = [0]
    try textFile.forEachLine { line in
      do {
        let caption = try CaptionLine(textFile.bytes(in: line.range)).caption()
        let known = caption.imageIDs.count { imageFile.contains($0) }
        if known < caption.imageIDs.count {
          let missing = caption.imageIDs.first { !imageFile.contains($0) } ?? 0
          let problem = DataError.badLine(
            path: textFile.path, line: line.number,
            problem: "image_ids names picture \(missing), which \(images.lastPathComponent) lacks")
          if policy == .fail { throw problem }
          problems.append(problem)
        }
        offsets.append(line.range.lowerBound)
        starts.append(starts[starts.count - 1] + known)
      } catch let problem as DataError {
        throw problem
      } catch {
        let problem = DataError(error, path: textFile.path, line: line.number)
        if policy == .fail { throw problem }
        problems.append(problem)
      }
    }
    self.images = imageFile
    self.texts = textFile
    self.source = source ?? texts.path
    self.problems = problems
    captionOffsets = offsets
    pairStarts = starts
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard index >= 0, index < pairCount else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let place = pairStarts.lastStart(notAfter: index)
    let caption = try caption(at: place)
    return CaptionPair(
      imageID: caption.imageIDs[index - pairStarts[place]], textID: caption.textID,
      text: caption.text)
  }

  /// The encoded bytes of a picture; see ``PairDataset/imageData(for:)``.
  public func imageData(for imageID: Int64) throws -> Data {
    try images.imageData(for: imageID)
  }

  /// Ids of all pictures in the order of the file.
  public func imageIDs() -> [Int64] { images.ids }

  /// All captions in the order of the file.
  public func captions() throws -> [Caption] {
    try captionOffsets.indices.map { try caption(at: $0) }
  }

  private func caption(at index: Int) throws -> Caption {
    let line = texts.line(from: captionOffsets[index])
    let caption = try CaptionLine(texts.bytes(in: line)).caption()
    guard pairStarts[index + 1] - pairStarts[index] < caption.imageIDs.count else { return caption }
    return Caption(
      textID: caption.textID, text: caption.text,
      imageIDs: caption.imageIDs.filter { images.contains($0) })
  }
}
