import Files
public import Foundation

/// A split that the original's `build_lmdb_dataset.py` (or ``LMDBDatasetWriter``) wrote: the environments
/// `pairs` and `imgs`.
///
/// The pictures come in the order of the keys' texts, "10" before "2", as in the original's feature files.
/// Texts without pictures are not in such a set.
public final class LMDBDataset: PairDataset {
  /// The split's folder.
  public let source: String
  /// Number of pairs.
  public let pairCount: Int

  private let pairs: LMDBReader
  fileprivate let images: LMDBReader

  /// Opens a split.
  ///
  /// - Parameter directory: the folder with `pairs` and `imgs` in it, usually `lmdb/{split}`.
  /// - Throws: ``DataError``.
  public init(_ directory: URL) throws {
    source = directory.path
    pairs = try LMDBReader(directory.appendingPathComponent("pairs"))
    images = try LMDBReader(directory.appendingPathComponent("imgs"))
    let number = try pairs.withValue(forKey: "num_samples") { DecimalIdentifier.parse($0) } ?? nil
    guard let number, let count = Int(exactly: number), count >= 0, count < pairs.count else {
      throw DataError.badDatabase(
        path: pairs.path,
        problem: "its entry \"num_samples\" is missing or does not fit its \(pairs.count) entries")
    }
    pairCount = count
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard index >= 0, index < pairCount else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let pair = try pairs.withValue(forKey: String(index)) { bytes in
      do { return try PairRecord.decode(bytes, source: "\(pairs.path), pair \(index)") } catch {
        throw DataError.badDatabase(
          path: pairs.path, problem: "the record of pair \(index) cannot be read (\(error))")
      }
    }
    guard let pair else {
      throw DataError.badDatabase(path: pairs.path, problem: "pair \(index) is missing")
    }
    return pair
  }

  /// The encoded bytes of a picture; see ``PairDataset/imageData(for:)``.
  public func imageData(for imageID: Int64) throws -> Data {
    let data = try images.withValue(forKey: String(imageID)) { base64 in
      guard let decoded = Base64.decode(base64) else {
        throw DataError.brokenImage(
          id: imageID, source: images.path, reason: "its base64 text is cut off or empty")
      }
      return decoded.data
    }
    guard let data else { throw DataError.unknownImage(id: imageID, source: images.path) }
    return data
  }

  /// Ids of all pictures, in the order of the keys' texts.
  public func imageIDs() throws -> [Int64] {
    var ids: [Int64] = []
    ids.reserveCapacity(min(images.count, 1 << 20))
    try images.forEachEntry { key, _ in
      if let id = DecimalIdentifier.parse(key) {
        ids.append(id)
      } else if !key.elementsEqual("num_images".utf8) {
        let name = String(decoding: key.prefix(64), as: UTF8.self)
        throw DataError.badDatabase(
          path: images.path, problem: "the picture's id \"\(name)\" is not a whole number")
      }
    }
    return ids
  }

  /// The texts of all pairs, each with all its pictures, in the order in which they first occur.
  public func captions() throws -> [Caption] {
    var order: [Int64] = []
    var texts: [Int64: (text: String, images: [Int64])] = [:]
    for index in 0..<pairCount {
      let pair = try pair(at: index)
      if texts[pair.textID] == nil {
        order.append(pair.textID)
        texts[pair.textID] = (pair.text, [])
      }
      texts[pair.textID]?.images.append(pair.imageID)
    }
    return order.map {
      Caption(textID: $0, text: texts[$0]?.text ?? "", imageIDs: texts[$0]?.images ?? [])
    }
  }
}

extension LMDBDataset {
  /// What `num_images` says, and how many pictures there are.
  func imageCounters() throws -> (said: Int64?, found: Int) {
    let said = try images.withValue(forKey: "num_images") { DecimalIdentifier.parse($0) } ?? nil
    return (said, try imageIDs().count)
  }
}
