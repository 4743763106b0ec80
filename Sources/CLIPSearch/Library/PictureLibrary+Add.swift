import CLIPImages
import CLIPModels
public import Foundation
import Threads

extension PictureLibrary {
  /// A picture that was added as bytes.
  public struct Addition: Sendable, Codable, Equatable {
    /// Its number.
    public var id: Int64
    /// False if the library had these contents already.
    public var isNew: Bool
  }

  /// Takes a picture in that comes as bytes, and keeps its file in the library's folder.
  ///
  /// - Parameters:
  ///   - data: A picture file. Nothing is kept of it if it cannot be read.
  ///   - name: The name it had; only its last part is used.
  ///   - caption: A sentence about it.
  ///   - tags: Tags.
  /// - Returns: The picture's number.
  /// - Throws: What is wrong with the picture; ``SearchError``; what the model throws.
  public func add(
    _ data: Data, named name: String, caption: String? = nil, tags: [String] = []
  ) async throws -> Addition {
    try await offloaded {
      try await take(data, named: name, caption: caption, tags: tags)
    }
  }

  private func take(
    _ data: Data, named name: String, caption: String?, tags: [String]
  ) async throws -> Addition {
    let model = try requireModel(for: "Adding a picture")
    let content = PictureFile.fingerprint(data)
    let known = try await store.pictures(withContent: content).map(\.picture)
    if let known = known.first(where: { !Paths.isGone($0.path) }) {
      return Addition(id: known.id, isNew: false)
    }
    let (image, source) = try model.inspect(data)
    let rows = try Rows.split(try await model.embeddings(of: [image]), model: model)
    guard let vector = UnitVector.of(rows.first ?? []) else {
      throw SearchError.invalidVector(what: "The picture \(name)")
    }
    let caption = caption.flatMap { $0.isEmpty ? nil : $0 }
    let captionVector = try await captionVector(caption, model)
    let path = try keep(data, named: name, content: content)
    guard let status = FileStatus(path: path) else {
      throw SearchError.unwritable(path: path, reason: "it went away")
    }
    var entry = CatalogueEntry(path: path, status: status, content: content)
    PictureInspection(source, otherwise: data).describe(&entry)
    entry.caption = caption
    entry.tags = tags
    entry.vector = vector
    entry.captionVector = captionVector
    do {
      let outcome = try await store.write([.save(entry)], by: StoredModel(model))
      switch outcome.first {
      case .added(let id), .changed(let id): return Addition(id: id, isNew: true)
      default: throw SearchError.database(folder: store.name, reason: "it took no picture in")
      }
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes the file, complete or not at all.
  private func keep(_ data: Data, named name: String, content: Data) throws -> String {
    let hash = content.prefix(8).map {
      $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16)
    }
    .joined()
    let path = "\(picturesFolder)/\(hash)-\(Self.safeName(name, data))"
    try PrivateFiles.makeFolder(picturesFolder)
    try PictureFile.write(data, to: path)
    return path
  }

  /// A file name that is harmless whatever was sent: no folders, no control characters, short, and
  /// with the ending of what the file really is.
  static func safeName(_ name: String, _ data: Data) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    var kept = ""
    for scalar in last.unicodeScalars
    where scalar.properties.generalCategory != .control
      && !":*?\"<>|".unicodeScalars.contains(scalar)
    {
      guard kept.utf8.count + 4 <= 80 else { break }
      kept.unicodeScalars.append(scalar)
    }
    if let dot = kept.lastIndex(of: ".") { kept = String(kept[..<dot]) }
    kept = kept.trimmingCharacters(in: CharacterSet(charactersIn: ". "))
    let ending = ImageFormat(signatureOf: data)?.fileEnding ?? "picture"
    return (kept.isEmpty ? "picture" : kept) + "." + ending
  }
}
