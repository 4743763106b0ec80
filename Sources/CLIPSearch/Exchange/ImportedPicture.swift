import CLIPImages
import CLIPModels
import Foundation
import Threads

/// A picture that comes with its vector, from another program's files.
public struct ImportedPicture: Sendable {
  /// Where its file is, or any other name that is given to one picture only.
  public var path: String
  /// Its vector, made by the library's model, of any length but zero; `nil` leaves what is there.
  public var vector: [Float]?
  /// A sentence about it.
  public var caption: String?
  /// The caption's vector, made by the library's model.
  public var captionVector: [Float]?
  /// Tags.
  public var tags: [String]
  /// Width in pixels; 0 if not known.
  public var width: Int
  /// Height in pixels; 0 if not known.
  public var height: Int
  /// Bytes of the file; taken from the file if it is there.
  public var size: Int64
  /// Local time of the camera as `2024-05-01T12:30:00`.
  public var taken: String?
  /// Maker and model of the camera.
  public var camera: String?

  /// A picture with its vector.
  public init(
    path: String, vector: [Float]? = nil, caption: String? = nil, captionVector: [Float]? = nil,
    tags: [String] = [], width: Int = 0, height: Int = 0, size: Int64 = 0, taken: String? = nil,
    camera: String? = nil
  ) {
    self.path = path
    self.vector = vector
    self.caption = caption
    self.captionVector = captionVector
    self.tags = tags
    self.width = width
    self.height = height
    self.size = size
    self.taken = taken
    self.camera = camera
  }
}

extension PictureLibrary {
  /// Takes pictures in with vectors that the library's model has made before.
  ///
  /// Pictures whose path is known keep their numbers.
  ///
  /// - Parameters:
  ///   - pictures: What is to be taken in.
  ///   - modelSource: What the person wrote to name the model.
  /// - Returns: The pictures' numbers.
  /// - Throws: ``SearchError`` without having taken in any, when a vector is not of the model's
  ///   length or has no direction.
  @discardableResult
  public func importPictures(
    _ pictures: [ImportedPicture], modelSource: String? = nil
  ) async throws -> [Int64] {
    let model = try requireModel(for: "Importing")
    let entries = try await offloaded {
      try pictures.map { try $0.entry(dimension: model.embeddingDimension) }
    }
    return try await store.write(
      entries.map { .save($0) }, by: StoredModel(model, source: modelSource)
    ).compactMap { outcome in
      switch outcome {
      case .added(let id), .changed(let id): id
      default: nil
      }
    }
  }
}

extension ImportedPicture {
  /// The picture as the catalogue takes it.
  func entry(dimension: Int) throws -> CatalogueEntry {
    func unit(_ vector: [Float]?, _ what: String) throws -> [Float]? {
      guard let vector else { return nil }
      guard vector.count == dimension else {
        throw SearchError.dimension(expected: dimension, found: vector.count, what: what)
      }
      guard let unit = UnitVector.of(vector) else {
        throw SearchError.invalidVector(what: what)
      }
      return unit
    }
    guard !path.hasPrefix("./") else {
      throw SearchError.invalidArgument(
        name: "the path of a picture", value: path, allowed: "absolute, or a name without './'")
    }
    let status = FileStatus(path: path)
    var entry = CatalogueEntry(
      path: path, status: status ?? FileStatus(size: max(size, 0), modified: 0))
    entry.width = max(width, 0)
    entry.height = max(height, 0)
    entry.taken = taken
    entry.camera = camera
    entry.caption = caption.flatMap { $0.isEmpty ? nil : $0 }
    entry.tags = tags
    entry.vector = try unit(vector, "The vector of \(path)")
    entry.captionVector = try unit(captionVector, "The caption vector of \(path)")
    return entry
  }
}
