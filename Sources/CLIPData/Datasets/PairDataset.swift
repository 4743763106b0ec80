public import Foundation

/// Pictures and the texts that describe them, wherever they lie.
///
/// A data set never decodes a picture: it hands out the encoded file, and ``BatchLoader`` decodes many
/// at a time. All members may be called from several threads at once.
public protocol PairDataset: Sendable {
  /// Where the data lies, for messages.
  var source: String { get }

  /// Number of pairs: the sum over captions of the number of their pictures.
  var pairCount: Int { get }

  /// One pair, in the order of the source: caption after caption, and within one caption picture after
  /// picture.
  ///
  /// - Parameter index: 0 ..< ``pairCount``.
  /// - Returns: the pair.
  /// - Throws: ``DataError``.
  func pair(at index: Int) throws -> CaptionPair

  /// The encoded bytes of a picture (a JPEG file, say).
  ///
  /// - Throws: ``DataError/unknownImage(id:source:)``, ``DataError/brokenImage(id:source:reason:)``.
  func imageData(for imageID: Int64) throws -> Data

  /// Ids of all pictures, each once, in the order of the source.
  ///
  /// - Throws: ``DataError``.
  func imageIDs() throws -> [Int64]

  /// All captions in the order of the source.
  ///
  /// - Throws: ``DataError``.
  func captions() throws -> [Caption]

  /// What was left out because it is damaged, with ``DamagePolicy/skip``.
  var problems: [DataError] { get }
}

extension PairDataset {
  /// Nothing, for data that cannot be damaged line by line.
  public var problems: [DataError] { [] }
}
