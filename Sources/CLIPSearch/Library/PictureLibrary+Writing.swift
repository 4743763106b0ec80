import CLIPModels
import Foundation
import Threads

extension PictureLibrary {
  /// Takes pictures out of the library.
  ///
  /// Files that were added with ``add(_:named:caption:tags:)`` are deleted. Files in indexed
  /// folders stay, and are passed over by later indexing until ``restore(paths:)``.
  ///
  /// - Parameter ids: Picture numbers; unknown ones are ignored.
  /// - Returns: How many were taken out.
  /// - Throws: ``SearchError`` if the store cannot be written.
  @discardableResult
  public func delete(_ ids: [Int64]) async throws -> Int {
    let pictures = try await store.pictures(Array(Set(ids)))
    let own = picturesFolder
    let outcomes = try await store.write(
      pictures.map { .remove(id: $0.id, path: $0.path) }
        + pictures.filter { !Paths.isInside($0.path, folder: own) }.map { .forget(path: $0.path) },
      by: nil)
    let removed = zip(pictures, outcomes).filter { $0.1 == .removed }.map(\.0)
    try await offloaded {
      for picture in removed where Paths.isInside(picture.path, folder: own) {
        unlink(picture.path)
      }
    }
    return removed.count
  }

  /// Lets indexing take files in again that were deleted from the library.
  ///
  /// - Parameter paths: `nil` for all.
  /// - Returns: How many of them had been deleted.
  /// - Throws: ``SearchError`` if the store cannot be written.
  @discardableResult
  public func restore(paths: [String]? = nil) async throws -> Int {
    let changes =
      paths.map { $0.map { StoreChange.restore(path: Paths.absolute($0)) } } ?? [.restoreAll]
    return try await store.write(changes, by: nil).reduce(0) { count, outcome in
      switch outcome {
      case .done: count + 1
      case .restored(let number): count + number
      default: count
      }
    }
  }

  /// Gives a picture a caption, which is then found by searching captions; `nil` takes it away.
  public func setCaption(_ caption: String?, of id: Int64) async throws {
    let caption = caption.flatMap { $0.isEmpty ? nil : $0 }
    let (model, vector) = (model, try await captionVector(caption, model))
    let outcomes = try await store.write(
      [.caption(caption, vector: vector, of: id)],
      by: vector == nil ? nil : model.map { StoredModel($0) })
    guard outcomes != [.absent] else { throw SearchError.noPicture(id: id) }
  }

  /// Gives a picture these tags and no others.
  public func setTags(_ tags: [String], of id: Int64) async throws {
    let outcomes = try await store.write([.tags(tags, of: id)], by: nil)
    guard outcomes != [.absent] else { throw SearchError.noPicture(id: id) }
  }

  /// The unit vector of a caption, where there is one and a model for it.
  func captionVector(_ caption: String?, _ model: (any EmbeddingModel)?) async throws -> [Float]? {
    guard let caption, let model else { return nil }
    let rows = try Rows.split(try await model.embeddings(of: [caption]), model: model)
    guard let unit = UnitVector.of(rows.first ?? []) else {
      throw SearchError.invalidVector(what: "The caption '\(caption)'")
    }
    return unit
  }
}
