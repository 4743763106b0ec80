import CLIPImages
import CLIPModels
import Foundation
import GRDB

/// What reading a file came to.
enum PreparedPicture: Sendable {
  /// The catalogue knows the file as it is, perhaps by another time stamp.
  case known(id: Int64, PictureLister.File)
  /// The catalogue knows the contents by a path that is gone; a copy if another has moved there first.
  case moved(id: Int64, CatalogueEntry)
  /// The catalogue has the contents by another path that is still there: no need to embed them.
  case copy(CatalogueEntry)
  /// New contents.
  case new(CatalogueEntry, RGBImage)
  case failure(PictureLister.File, reason: String)
}

/// Reads files and looks them up.
struct PicturePreparer: Sendable {
  let library: PictureLibrary
  let model: any EmbeddingModel
  /// The number of the model in the library, 0 if it has none yet.
  let modelNumber: Int64

  func prepare(_ file: PictureLister.File) -> PreparedPicture {
    do {
      let data = try PictureFile.read(file.path)
      let content = PictureFile.fingerprint(data)
      if let known = try lookUp(file, content: content) { return known }
      let image = try model.preprocess(data)
      var entry = CatalogueEntry(path: file.path, status: file.status, content: content)
      PictureInspection(data).describe(&entry)
      return .new(entry, image)
    } catch let error as SearchError {
      if case .unreadablePicture(_, let reason) = error {
        return .failure(file, reason: reason)
      }
      return .failure(file, reason: "\(error)")
    } catch {
      return .failure(file, reason: "\(error)")
    }
  }

  /// Whether the catalogue has these contents with a vector.
  private func lookUp(
    _ file: PictureLister.File, content: Data
  ) throws -> PreparedPicture? {
    try library.database.read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT pictures.*, vectors.data FROM pictures
          JOIN vectors ON vectors.picture_id = pictures.id AND vectors.model_id = ?
            AND vectors.kind = 0
          WHERE content = ? ORDER BY pictures.id LIMIT 32
          """, arguments: [modelNumber, content])
      for row in rows where Array((row["path"] as String).utf8) == Array(file.path.utf8) {
        return .known(id: row["id"], file)
      }
      for row in rows where library.database.isGone(row["path"]) {
        guard let entry = entry(file, content, of: row) else { continue }
        return .moved(id: row["id"], entry)
      }
      return rows.first.flatMap { entry(file, content, of: $0) }.map { .copy($0) }
    }
  }

  /// What a row of the catalogue says of contents, for another file that has them.
  private func entry(
    _ file: PictureLister.File, _ content: Data, of row: Row
  ) -> CatalogueEntry? {
    VectorCodec.decode(row["data"], dimension: model.embeddingDimension).map {
      CatalogueEntry(
        path: file.path, status: file.status, content: content, format: row["format"],
        width: row["width"], height: row["height"], taken: row["taken"], camera: row["camera"],
        vector: $0)
    }
  }
}
