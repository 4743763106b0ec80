import Files
public import Foundation

/// What is known of pictures and texts, as numbers.
///
/// A file of JSON lines, `{"image_id": 17, "labels": [1, 0, -1]}` and
/// `{"text_id": 3, "labels": [0, 1, 0]}`, as many numbers in every line. A first line `{"names": ["Edema", …]}` says what they stand for.
public struct LabelNumbers: Sendable {
  /// What messages call the file.
  public let source: String
  /// What the numbers stand for; nil: the file does not say.
  public let names: [String]?
  /// Of each picture.
  public let images: [Int64: [Float]]
  /// Of each text.
  public let texts: [Int64: [Float]]

  private struct Line: Decodable {
    let imageID: Int64?
    let textID: Int64?
    let labels: [Float]?
    let names: [String]?

    enum CodingKeys: String, CodingKey {
      case labels, names
      case imageID = "image_id"
      case textID = "text_id"
    }
  }

  /// Reads a file.
  ///
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a line that is none.
  public init(_ url: URL) throws {
    source = url.path
    var (images, texts): ([Int64: [Float]], [Int64: [Float]]) = ([:], [:])
    var (names, width): ([String]?, Int?) = (nil, nil)
    _ = try PairedSamples.lines(
      of: url, Line.self, like: #"{"image_id" or "text_id": …, "labels": […]}"#
    ) { entry in
      if let found = entry.names {
        guard width == nil, entry.labels == nil, !found.isEmpty else {
          return "the names of the labels must stand in the first line, alone"
        }
        (names, width) = (found, found.count)
        return nil
      }
      guard let labels = entry.labels, labels.count == width ?? labels.count, !labels.isEmpty else {
        return "it has \(entry.labels?.count ?? 0) labels, those before have \(width ?? 0)"
      }
      guard labels.allSatisfy(\.isFinite) else { return "a label is no number" }
      width = labels.count
      switch (entry.imageID, entry.textID) {
      case (let id?, nil): images[id] = labels
      case (nil, let id?): texts[id] = labels
      default: return "it must name either an image_id or a text_id"
      }
      return nil
    }
    self.images = images
    self.texts = texts
    self.names = names
  }
}
