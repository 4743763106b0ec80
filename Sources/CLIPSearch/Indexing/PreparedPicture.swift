import CLIPImages
import CLIPModels
import Foundation

/// What reading a file came to.
enum PreparedPicture: Sendable {
  /// The catalogue knows the file as it is, perhaps by another time stamp.
  case known(id: Int64, PictureLister.File)
  /// The catalogue knows the contents by a path that is gone; a copy if another has moved there first.
  case moved(id: Int64, from: String, CatalogueEntry)
  /// The catalogue has the contents by another path that is still there: no need to embed them.
  case copy(CatalogueEntry)
  /// New contents.
  case new(CatalogueEntry, RGBImage)
  case failure(PictureLister.File, reason: String)
}

/// Reads files and looks them up.
struct PicturePreparer: Sendable {
  let store: any PictureStore
  let model: any EmbeddingModel

  func prepare(_ file: PictureLister.File) async -> PreparedPicture {
    do {
      let data = try PictureFile.read(file.path)
      let content = PictureFile.fingerprint(data)
      if let known = try await lookUp(file, content: content) { return known }
      let (image, source) = try model.inspect(data)
      var entry = CatalogueEntry(path: file.path, status: file.status, content: content)
      PictureInspection(source, otherwise: data).describe(&entry)
      return .new(entry, image)
    } catch SearchError.unreadablePicture(_, let reason) {
      return .failure(file, reason: reason)
    } catch {
      return .failure(file, reason: "\(error)")
    }
  }

  /// Whether the catalogue has these contents with a vector.
  private func lookUp(
    _ file: PictureLister.File, content: Data
  ) async throws -> PreparedPicture? {
    let known = try await store.pictures(withContent: content)
      .filter { $0.vector?.count == model.embeddingDimension }
    let path = file.path.utf8
    if let same = known.first(where: { $0.picture.path.utf8.elementsEqual(path) }) {
      return .known(id: same.picture.id, file)
    }
    if let gone = known.first(where: { Paths.isGone($0.picture.path) }) {
      return .moved(
        id: gone.picture.id, from: gone.picture.path, CatalogueEntry(file, sharing: gone))
    }
    return known.first.map { .copy(CatalogueEntry(file, sharing: $0)) }
  }
}
