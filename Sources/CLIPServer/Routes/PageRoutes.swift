import Files
import Foundation
import Hummingbird

/// The web page: a handful of files, read once and served from memory, so that no path of a
/// request ever reaches the file system.
struct PageRoutes: Sendable {
  private struct File: Sendable {
    var type: String
    var tag: String
    var bytes: ByteBuffer
  }

  private let files: [String: File]
  private let description: File

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json", "json": "application/json; charset=utf-8",
  ]

  /// Reads the page's files from the package's resources.
  ///
  /// - Parameter numbers: What stands for `"{{name}}"` in the description of the API: limits and the
  ///   length of vectors are this server's own.
  /// - Throws: ``ServerError/missingResources(reason:)``.
  init(numbers: [String: Int]) throws {
    let resources: URL
    do { resources = try ResourceFolder.url(of: "CLIPServer") } catch {
      throw ServerError.missingResources(reason: "\(error)")
    }
    let folder = resources.appendingPathComponent("page")
    var files: [String: File] = [:]
    for url in try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    {
      guard let type = Self.types[url.pathExtension] else { continue }
      files[url.lastPathComponent] = Self.file(try Data(contentsOf: url), type: type)
    }
    guard files["index.html"] != nil else {
      throw ServerError.missingResources(reason: "\(folder.path) has no index.html.")
    }
    let text = try String(
      contentsOf: resources.appendingPathComponent("openapi.json"), encoding: .utf8)
    let filled = numbers.reduce(text) { text, number in
      text.replacing("\"{{\(number.key)}}\"", with: "\(number.value)")
    }
    description = Self.file(
      Data(filled.utf8), type: "application/json; charset=utf-8")
    self.files = files
  }

  func add(to router: RouterGroup<ServerContext>) {
    for (name, file) in files {
      router.get(RouterPath(name)) { request, _ -> Response in Self.answer(request, file) }
    }
    if let file = files["index.html"] {
      router.get("/") { request, _ -> Response in Self.answer(request, file) }
    }
  }

  /// The description of the API.
  func addDescription(to router: RouterGroup<ServerContext>) {
    router.get("api/v1/openapi.json") { [description] request, _ -> Response in
      Self.answer(request, description)
    }
  }

  private static func answer(_ request: Request, _ file: File) -> Response {
    let headers: HTTPFields = [
      .contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache",
    ]
    if request.headers[.ifNoneMatch] == file.tag {
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
  }

  private static func file(_ data: Data, type: String) -> File {
    // FNV-1a: only tells versions of the page apart.
    let hash = data.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return File(type: type, tag: "\"\(String(hash, radix: 16))\"", bytes: ByteBuffer(bytes: data))
  }
}
