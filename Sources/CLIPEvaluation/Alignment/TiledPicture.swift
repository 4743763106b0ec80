import Files
public import Foundation

/// A picture of several things side by side, whose caption names them all.
public struct TiledPicture: Hashable, Sendable {
  /// A part of the picture.
  public struct Tile: Hashable, Sendable, Decodable {
    /// What is there, as the caption says it.
    public let name: String
    /// Left, top, width and height, as shares of the picture's sides.
    public let box: [Double]

    package init(name: String, box: [Double]) {
      self.name = name
      self.box = box
    }

    /// Whether a point, in shares of the sides, is inside.
    func contains(x: Double, y: Double) -> Bool {
      x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3]
    }
  }

  /// The picture's id in its data set.
  public let imageID: Int64
  /// The caption.
  public let text: String
  /// The parts; each name is in the caption.
  public let tiles: [Tile]

  package init(imageID: Int64, text: String, tiles: [Tile]) {
    self.imageID = imageID
    self.text = text
    self.tiles = tiles
  }

  /// Reads `{split}_tiles.jsonl`, which `Scripts/make-mosaics.py` writes: a line a picture with
  /// `image_id`, `text` and `tiles`, each of these with `name` and `box`.
  ///
  /// - Parameter url: the file.
  /// - Returns: the pictures in the file's order.
  /// - Throws: ``EvaluationError`` for a line that is not of that form.
  public static func read(_ url: URL) throws -> [TiledPicture] {
    let file = try EvaluationError.wrapping { () throws(FileError) in try TextFile(url) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var pictures: [TiledPicture] = []
    for (index, line) in file.lines().enumerated() where !line.allSatisfy(\.isWhitespace) {
      func fail(_ problem: String) -> EvaluationError {
        .badLine(path: url.path, line: index + 1, problem: problem)
      }
      guard let picture = try? decoder.decode(Line.self, from: Data(line.utf8)) else {
        throw fail("expected a JSON object with image_id, text and tiles of name and box")
      }
      for tile in picture.tiles {
        guard tile.box.count == 4, tile.box.allSatisfy({ (0...1).contains($0) }) else {
          throw fail("the box of '\(tile.name)' is not four shares of the picture's sides")
        }
        guard !tile.name.isEmpty, picture.text.contains(tile.name) else {
          throw fail("the text does not contain the name '\(tile.name)'")
        }
      }
      guard !picture.tiles.isEmpty else { throw fail("there are no tiles") }
      pictures.append(
        TiledPicture(imageID: picture.imageId, text: picture.text, tiles: picture.tiles))
    }
    guard !pictures.isEmpty else { throw EvaluationError.nothing("\(url.path) holds no picture.") }
    return pictures
  }

  private struct Line: Decodable {
    let imageId: Int64
    let text: String
    let tiles: [Tile]
  }
}
