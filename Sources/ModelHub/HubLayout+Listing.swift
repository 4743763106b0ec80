package import Foundation

extension HubLayout {
  /// Files of one page of a listing.
  ///
  /// - Throws: ``DamagedListing`` for what is no listing.
  func decodeListing(_ data: Data) throws -> [RemoteFile] {
    let files =
      switch self {
      case .huggingFace: try Self.decode([HuggingFaceEntry].self, data).compactMap { try $0.file }
      case .modelScope: try Self.decode(ModelScopeListing.self, data).files
      }
    guard files.allSatisfy({ $0.size >= 0 }) else { throw DamagedListing("a size is negative") }
    return files.filter { RemoteFile.isSafe(path: $0.path) }
  }

  /// The paths that a page of a listing names.
  package func listedPaths(_ data: Data) throws -> [String] { try decodeListing(data).map(\.path) }

  /// Why an answer of the hub is no listing.
  struct DamagedListing: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DamagedListing {
      throw error
    } catch {
      throw DamagedListing("it is not the JSON that was expected")
    }
  }

  fileprivate static func checksum(_ checksum: Checksum?) throws -> Checksum? {
    guard let checksum, !checksum.digest.isEmpty else { return nil }
    guard let validated = checksum.validated else {
      throw DamagedListing("'\(checksum.digest.prefix(80))' is no \(checksum.algorithm)")
    }
    return validated
  }
}

/// An element of `GET /api/models/{repository}/tree/{revision}`.
private struct HuggingFaceEntry: Decodable {
  struct LargeFile: Decodable {
    let oid: String
  }

  let type: String
  let path: String
  let size: Int64?
  let oid: String?
  let lfs: LargeFile?

  var file: RemoteFile? {
    get throws {
      guard type == "file", let size else { return nil }
      let checksum = lfs.map { Checksum.sha256($0.oid) } ?? oid.map { .gitBlob($0) }
      return RemoteFile(path: path, size: size, checksum: try HubLayout.checksum(checksum))
    }
  }
}

/// The answer to `GET /api/v1/models/{repository}/repo/files`.
private struct ModelScopeListing: Decodable {
  struct Contents: Decodable {
    let files: [Entry]?
    private enum CodingKeys: String, CodingKey { case files = "Files" }
  }

  struct Entry: Decodable {
    let path: String
    let type: String
    let size: Int64?
    let sha256: String?
    private enum CodingKeys: String, CodingKey {
      case path = "Path"
      case type = "Type"
      case size = "Size"
      case sha256 = "Sha256"
    }
  }

  let contents: Contents?
  private enum CodingKeys: String, CodingKey { case contents = "Data" }

  var files: [RemoteFile] {
    get throws {
      try (contents?.files ?? []).compactMap { entry in
        guard entry.type == "blob", let size = entry.size else { return nil }
        let checksum = try HubLayout.checksum(entry.sha256.map { .sha256($0) })
        return RemoteFile(path: entry.path, size: size, checksum: checksum)
      }
    }
  }
}
