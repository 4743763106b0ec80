package import Foundation

/// One row of an input: a text, and mostly a picture.
package struct CleaningRow: Sendable {
  /// How reports call it, as in `00000.tar/000000017` or `text 7, picture 5`.
  package let name: String
  /// The text as it lies in the input.
  package let text: String
  /// The text's id, equal for neighbouring rows of one caption.
  package let textID: Int64
  /// Where its picture is; nil in lists of texts.
  package let picture: PictureReference?
  /// The address that the picture came from, where the input says.
  package let address: String?
}

/// Which picture of an input: the part, and the place in it.
package struct PictureReference: Hashable, Sendable {
  package var part: Int
  package let index: Int
}

/// Rows that are read and decided together: a shard, or some thousand rows of a file.
package protocol RowPart: Sendable {
  var count: Int { get }

  /// One row; the text is read now.
  func row(at index: Int) throws -> CleaningRow
}

/// Pictures that are looked at together.
package protocol PicturePart: Sendable {
  var count: Int { get }

  /// The bytes of a picture's file.
  func data(at index: Int) throws -> Data
}

/// An input, in parts that can be opened in any order and by several threads.
package protocol CleaningSource: Sendable {
  /// Where it lies, for messages.
  var path: String { get }
  /// What tells it from another, or from itself before a change: paths, sizes and times.
  var identity: String { get }
  /// Number of parts with rows.
  var rowParts: Int { get }
  /// Number of parts with pictures; 0 for lists of texts.
  var pictureParts: Int { get }
  /// What was left out while it was read, a sentence each.
  var problems: [String] { get }

  /// Rows of a part, known without opening it.
  func rowCount(ofPart part: Int) -> Int
  /// Pictures of a part.
  func pictureCount(ofPart part: Int) -> Int

  func rows(ofPart part: Int) throws -> any RowPart
  func pictures(ofPart part: Int) throws -> any PicturePart
}

extension CleaningSource {
  /// Paths, sizes and times of change of files.
  static func identity(of files: [URL]) -> String {
    files.map { file in
      let values = try? FileManager.default.attributesOfItem(atPath: file.path)
      let size = (values?[.size] as? Int) ?? 0
      let time = (values?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(file.standardizedFileURL.path) \(size) \(time)"
    }.joined(separator: "\n")
  }
}
