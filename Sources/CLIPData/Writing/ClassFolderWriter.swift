import CLIPImages
import Files
package import Foundation

/// Writes pairs as pictures in one folder a class with a file of labels, the original's layout for
/// zero-shot classification.
///
/// A picture's label is the first of its captions in the order of the source. All splits share one list
/// of labels, and each split has a folder for each of them, so that one can teach another.
package struct ClassFolderWriter {
  /// What was written of a split.
  package struct Part: Equatable {
    /// The name of the split and of its folder.
    package let split: String
    /// The number of pictures that were written.
    package var pictures = 0
    /// The number of labels that have a picture here.
    package var labels = 0
    /// Ids of pictures that have no caption and were left out.
    package var withoutCaption: [Int64] = []
    /// Ids of pictures in no format that is read, which were left out.
    package var notPictures: [Int64] = []
  }

  /// The labels, in the order in which they first occur.
  package let labels: [String]
  private let parts: [(split: String, dataset: any PairDataset, labels: [Int64: Int])]

  /// Gives every captioned picture a label.
  ///
  /// - Parameter splits: names and pairs.
  /// - Throws: ``DataError``.
  package init(_ splits: [(split: String, dataset: any PairDataset)]) throws {
    var numbers: [String: Int] = [:]
    var labels: [String] = []
    parts = try splits.map { split, dataset in
      var found: [Int64: Int] = [:]
      for caption in try dataset.captions() {
        // A label is a line of a file.
        let text = caption.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let fresh = caption.imageIDs.filter { found[$0] == nil }
        guard !text.isEmpty, !fresh.isEmpty else { continue }
        let number = numbers[text] ?? labels.count
        if number == labels.count {
          numbers[text] = number
          labels.append(text)
        }
        for id in fresh { found[id] = number }
      }
      return (split, dataset, found)
    }
    self.labels = labels
  }

  /// Writes `label_cn.txt` and `SPLIT/NUMBER/ID.ENDING`; the folder appears when it is complete.
  ///
  /// - Parameters:
  ///   - folder: where to; nothing or an empty folder may be there.
  ///   - progress: called with the number of pictures done and their total.
  /// - Returns: what was written, split by split.
  /// - Throws: ``DataError``.
  package func write(
    to folder: URL, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [Part] {
    let total = try parts.reduce(0) { try $0 + $1.dataset.imageIDs().count }
    var written: [Part] = []
    try DataError.wrapping {
      try AtomicFolder.write(to: folder) { temporary in
        try Self.write(
          Data((labels.joined(separator: "\n") + "\n").utf8),
          to: temporary.appending(path: "label_cn.txt"))
        var done = 0
        for part in parts {
          written.append(
            try write(part, to: temporary.appending(path: part.split)) {
              done += 1
              progress(done, total)
            })
        }
      }
    }
    return written
  }

  private func write(
    _ part: (split: String, dataset: any PairDataset, labels: [Int64: Int]), to folder: URL,
    step: () -> Void
  ) throws -> Part {
    let digits = max(3, String(labels.count - 1).count)
    let folders = labels.indices.map { number in
      let name = String(number)
      return folder.appending(
        path: String(repeating: "0", count: digits - name.count) + name)
    }
    for folder in folders {
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw FileError.unwritable(path: folder.path, reason: SystemError.reason(error))
      }
    }
    var result = Part(split: part.split)
    var present = Set<Int>()
    for id in try part.dataset.imageIDs() {
      defer { step() }
      guard let label = part.labels[id] else {
        result.withoutCaption.append(id)
        continue
      }
      let picture = try part.dataset.imageData(for: id)
      guard let format = ImageFormat(signatureOf: picture.prefix(ImageFormat.signatureLength))
      else {
        result.notPictures.append(id)
        continue
      }
      let name = "\(id).\(format.fileEnding)"
      try Self.write(picture, to: folders[label].appending(path: name))
      present.insert(label)
      result.pictures += 1
    }
    result.labels = present.count
    return result
  }

  /// Writes a file of a folder that is itself atomic.
  private static func write(_ data: Data, to file: URL) throws(FileError) {
    do {
      try data.write(to: file)
    } catch {
      throw .unwritable(path: file.path, reason: SystemError.reason(error))
    }
  }
}
