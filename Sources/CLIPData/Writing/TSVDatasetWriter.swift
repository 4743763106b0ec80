import Files
public import Foundation

/// Writes a data set as Chinese-CLIP's source files, `{split}_imgs.tsv` and `{split}_texts.jsonl`.
public enum TSVDatasetWriter {
  /// Writes both files, and reads them again; each appears only when it is complete.
  ///
  /// - Parameters:
  ///   - dataset: what to write.
  ///   - directory: where to; made if needed.
  ///   - split: the files' prefix.
  ///   - overwrite: whether files that are there may be replaced.
  ///   - progress: called with the number of pictures written and their total.
  /// - Throws: ``DataError``.
  public static func write(
    _ dataset: any PairDataset, to directory: URL, split: String, overwrite: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let images = directory.appendingPathComponent("\(split)_imgs.tsv")
    let texts = directory.appendingPathComponent("\(split)_texts.jsonl")
    for file in [images, texts] where !overwrite {
      guard !FileManager.default.fileExists(atPath: file.path) else {
        throw DataError.alreadyExists(path: file.path)
      }
    }
    try DataError.wrapping {
      let imageWriter = try AtomicFile(images, makesFolder: true)
      let ids = try dataset.imageIDs()
      for (index, id) in ids.enumerated() {
        try imageWriter.write("\(id)\t")
        try imageWriter.write(try dataset.imageData(for: id).base64EncodedData())
        try imageWriter.write("\n")
        progress(index + 1, ids.count)
      }
      let textWriter = try AtomicFile(texts)
      for caption in try dataset.captions() {
        try textWriter.writeLine(PythonJSON.line(caption))
      }
      try imageWriter.commit()
      try textWriter.commit()
    }
    try WrittenDataset.check(
      TSVDataset(images: images, texts: texts), against: dataset, path: images.path)
  }
}
