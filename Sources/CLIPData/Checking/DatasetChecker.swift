public import CLIPImages
import Files
public import Foundation

/// Looks for everything that would make training stop or evaluation lie, and says where.
public struct DatasetChecker: Sendable {
  /// What decodes the pictures.
  public var decoder: ImageDecoder

  /// Makes a checker.
  public init(decoder: ImageDecoder = ImageDecoder()) { self.decoder = decoder }

  /// Checks a data set.
  ///
  /// - Parameters:
  ///   - location: where it lies.
  ///   - progress: called with the number of pictures looked at, and their total.
  /// - Returns: the findings.
  /// - Throws: ``DataError`` only when a file cannot be opened at all.
  public func check(
    _ location: DatasetLocation,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> DatasetReport {
    guard case .sourceFiles(let images, let texts) = location else {
      return try check(location.open(policy: .skip), progress: progress)
    }
    return report(
      on: try SourceFilesScan(images: images, texts: texts, decoder: decoder, progress: progress))
  }

  /// Writes a clean copy of source files.
  ///
  /// What is an error is left out, base64 is written anew, and of different pictures with one id the
  /// last is kept. Names become numbers, and so does a text's id that another text has;
  /// `{split}_ids.tsv` lists them.
  ///
  /// - Parameters:
  ///   - images: the pictures' file.
  ///   - texts: the captions' file.
  ///   - directory: where to write.
  ///   - split: the prefix of the new files.
  ///   - progress: called with the number of pictures looked at, and their total.
  /// - Returns: the report on the files as they were.
  /// - Throws: ``DataError``.
  public func repair(
    images: URL, texts: URL, to directory: URL, split: String,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> DatasetReport {
    let scan = try SourceFilesScan(
      images: images, texts: texts, decoder: decoder, progress: progress)
    try SourceFilesRepair(scan).write(to: directory, split: split)
    return report(on: scan)
  }

  private func report(on scan: SourceFilesScan) -> DatasetReport {
    var problems = scan.problems
    let repair = SourceFilesRepair(scan)
    problems += ImageFindings.find(scan)
    problems += CaptionFindings.find(
      scan.texts.map { CaptionFindings.Item(line: $0.line, caption: $0.caption) },
      path: scan.textFile.path, images: Set(scan.images.map(\.id)))
    problems += CaptionFindings.unused(
      scan.images.map { ($0.line, $0.id) }, path: scan.imageFile.path,
      captions: scan.texts.map(\.caption))
    let order = [scan.imageFile.path: 0, scan.textFile.path: 1]
    problems.sort { a, b in
      (order[a.path] ?? 2, a.line ?? 0) < (order[b.path] ?? 2, b.line ?? 0)
    }
    return DatasetReport(
      imageCount: repair.images.count, captionCount: repair.captions.count,
      pairCount: repair.captions.reduce(0) { $0 + $1.imageIDs.count }, problems: problems)
  }

  /// Checks what has no lines: databases and shards.
  private func check(
    _ dataset: any PairDataset, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> DatasetReport {
    var problems: [DatasetProblem] = []
    if let tar = dataset as? TarDataset {
      problems += tar.problems.map { DatasetProblem(.badRecord, path: tar.source, "\($0)") }
    }
    if let database = dataset as? LMDBDataset {
      problems += try database.counterProblems()
    }
    let ids = try dataset.imageIDs()
    let decoder = decoder
    let failures = concurrentMap(count: ids.count, progress: progress) {
      index -> DatasetProblem? in
      let data: Data
      do { data = try dataset.imageData(for: ids[index]) } catch {
        return DatasetProblem(.brokenBase64, path: dataset.source, "\(error)")
      }
      do {
        return try decoder.decode(data).warning.map {
          DatasetProblem(
            .damagedPicture, path: dataset.source, "picture \(ids[index]): \($0)")
        }
      } catch {
        return DatasetProblem(
          .undecodablePicture, path: dataset.source,
          "picture \(ids[index]) cannot be decoded: \(error)")
      }
    }
    let broken = Set(zip(ids, failures).filter { $0.1?.kind.severity == .error }.map(\.0))
    problems += failures.compactMap { $0 }
    let captions = try dataset.captions()
    let lines = captions.map { CaptionLine($0) }
    problems += CaptionFindings.find(
      lines.map { CaptionFindings.Item(line: nil, caption: $0) }, path: dataset.source,
      images: Set(ids.map { .number($0) }))
    problems += CaptionFindings.unused(
      ids.map { (nil, .number($0)) }, path: dataset.source, captions: lines)
    let known = Set(ids).subtracting(broken)
    return DatasetReport(
      imageCount: known.count, captionCount: captions.count,
      pairCount: captions.reduce(0) { $0 + $1.imageIDs.count { known.contains($0) } },
      problems: problems)
  }
}

extension CaptionLine {
  /// A caption in the form that files have.
  init(_ caption: Caption) {
    textID = .number(caption.textID)
    text = caption.text
    imageIDs = caption.imageIDs.map { .number($0) }
  }
}

extension LMDBDataset {
  /// Counters that do not fit the entries.
  func counterProblems() throws -> [DatasetProblem] {
    let (said, found) = try imageCounters()
    guard said != Int64(found) else { return [] }
    return [
      DatasetProblem(
        .badRecord, path: source,
        "\"num_images\" says \(said.map(String.init) ?? "nothing"), but there are \(found) pictures"
      )
    ]
  }
}
