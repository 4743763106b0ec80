import CLIPImages
import CLIPModels
import CLIPSearch
import Foundation
import Hummingbird

/// `/api/v1/pictures`: listing, one picture, its thumbnail and file, adding and deleting.
struct PictureRoutes: Sendable {
  let services: Services

  private struct UploadAnswer: Encodable {
    var created: Bool
    var picture: PictureMessage
  }

  /// Formats that browsers show; anything else is only offered for download.
  private static let types = [
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp",
    "gif": "image/gif", "bmp": "image/bmp", "tiff": "image/tiff", "avif": "image/avif",
  ]
  /// Bytes of an original that are in memory for one client.
  private static let pieceBytes = 128 << 10

  func add(to group: RouterGroup<ServerContext>) {
    group.get("pictures") { request, _ -> Response in
      let request = try SearchRequest(parameters: request.parameterDictionary)
      return try await services.onThreads { try await list(request) }
    }
    group.get("pictures/{id}") { _, context -> Response in
      let id = try context.pictureID()
      return try await services.onThreads { try .json(await message(of: id)) }
    }
    group.get("pictures/{id}/thumbnail") { request, context -> Response in
      let id = try context.pictureID()
      let side = try request.thumbnailSide()
      return try await thumbnail(of: id, side: side, for: request)
    }
    group.get("pictures/{id}/original") { request, context -> Response in
      let id = try context.pictureID()
      return try await services.onThreads { try await original(of: id, for: request) }
    }
    group.post("pictures") { request, _ -> Response in try await upload(request) }
    group.delete("pictures/{id}") { _, context -> Response in
      let id = try context.pictureID()
      return try await delete(id)
    }
  }

  private func list(_ request: SearchRequest) async throws -> Response {
    let start = ContinuousClock.now
    try request.validate(
      services.configuration.limits, dimension: services.engine.embeddingDimension)
    let overview = try await services.overview.current()
    let filter = try request.joinedFilter(folders: overview.names)
    let offset = request.offset ?? 0
    let limit = request.limit ?? 40
    let pictures = try await services.library.pictures(
      where: filter, order: .latest, limit: limit, offset: offset)
    let total =
      filter == nil
      ? overview.statistics.pictures : try await services.library.count(where: filter)
    let isMore = pictures.count == limit && offset + limit < total
    return try .json(
      PageMessage(
        hits: pictures.map {
          .init(
            picture: PictureMessage(
              $0, folders: overview.names, prefix: services.pathPrefix))
        },
        total: total, offset: offset, nextOffset: isMore ? offset + limit : nil,
        milliseconds: (ContinuousClock.now - start).milliseconds))
  }

  private func message(of id: Int64) async throws -> PictureMessage {
    PictureMessage(
      try await picture(id), folders: try await services.overview.current().names,
      prefix: services.pathPrefix)
  }

  private func picture(_ id: Int64) async throws -> Picture {
    guard let picture = try await services.library.picture(id) else {
      throw SearchError.noPicture(id: id)
    }
    return picture
  }

  private func thumbnail(
    of id: Int64, side: Int, for request: Request
  ) async throws -> Response {
    let thumbnail = try await services.onThreads {
      try await services.library.thumbnailName(of: id, side: side)
    }
    let headers: HTTPFields = [
      .contentType: "image/jpeg", .eTag: "\"\(thumbnail.name)\"",
      .cacheControl: "private, max-age=300", .contentSecurityPolicy: "sandbox; default-src 'none'",
    ]
    if request.headers[.ifNoneMatch] == headers[.eTag] {
      return Response(status: .notModified, headers: headers)
    }
    let bytes = ByteBuffer(bytes: try await services.thumbnail(thumbnail))
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
  }

  private func original(of id: Int64, for request: Request) async throws -> Response {
    let picture = try await picture(id)
    let file = try await services.library.open(picture)
    let type = Self.types[file.format.rawValue.lowercased()]
    var headers: HTTPFields = [
      .contentType: type ?? "application/octet-stream", .eTag: Self.tag(of: picture),
      .cacheControl: "private, no-cache", .contentSecurityPolicy: "sandbox; default-src 'none'",
    ]
    headers[.contentDisposition] =
      "\(type == nil ? "attachment" : "inline"); filename*=UTF-8''\(Self.encoded(FolderNames.displayName(picture.path)))"
    if request.headers[.ifNoneMatch] == headers[.eTag] {
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: body(of: file))
  }

  /// The bytes of an open file, piece by piece as the client takes them.
  private func body(of file: OpenPicture) -> ResponseBody {
    ResponseBody(contentLength: file.size) { [services] writer in
      var offset = 0
      while offset < file.size {
        let start = offset
        let count = min(Self.pieceBytes, file.size - start)
        let piece = try await services.onThreads { try file.read(at: start, count: count) }
        // A file that was cut meanwhile: the client sees that the announced length is not reached.
        guard !piece.isEmpty else { throw HTTPError(.internalServerError) }
        try await writer.write(ByteBuffer(bytes: piece))
        offset += piece.count
      }
      try await writer.finish(nil)
    }
  }

  private func upload(_ request: Request) async throws -> Response {
    guard services.configuration.allowsUpload else {
      throw ServerError.switchedOff("Adding pictures is switched off on this server.")
    }
    if request.headers[.contentType]?.lowercased().hasPrefix("multipart/") == true {
      throw ServerError.invalidRequest(
        "Send the picture's bytes as the body, not a form: "
          + "curl --data-binary @cat.jpg '…/api/v1/pictures?name=cat.jpg'.")
    }
    let name = String(request.parameterDictionary["name"] ?? "picture")
    return try await services.bodies.read(request) { body in
      guard body.readableBytes > 0 else {
        throw ServerError.invalidRequest("The body is empty; it must be the picture's bytes.")
      }
      let data = Data(body.readableBytesView)
      return try await services.engine.decoding.run { try await save(data, named: name) }
    }
  }

  private func save(_ data: Data, named name: String) async throws -> Response {
    let added = try await services.library.add(data, named: name)
    services.overview.invalidate()
    return try .json(
      UploadAnswer(created: added.isNew, picture: try await message(of: added.id)),
      status: added.isNew ? .created : .ok)
  }

  private func delete(_ id: Int64) async throws -> Response {
    guard services.configuration.allowsDelete else {
      throw ServerError.switchedOff("Deleting pictures is switched off on this server.")
    }
    guard try await services.library.delete([id]) > 0 else { throw SearchError.noPicture(id: id) }
    services.overview.invalidate()
    return Response(status: .noContent)
  }

  private static func tag(of picture: Picture) -> String {
    "\"\(picture.id)-\(String(picture.modified, radix: 36))-\(picture.size)\""
  }

  private static func encoded(_ name: String) -> String {
    name.addingPercentEncoding(
      withAllowedCharacters: CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"))
      ?? "picture"
  }
}

extension Request {
  /// The longer side that is wanted of a thumbnail, in pixels.
  ///
  /// - Throws: ``ServerError/invalidRequest(_:)``.
  fileprivate func thumbnailSide() throws(ServerError) -> Int {
    guard let text = parameterDictionary["side"] else { return 320 }
    guard let side = Int(text), (1...2_048).contains(side) else {
      throw .invalidRequest("The parameter 'side' must be 1 to 2048 pixels.")
    }
    return side
  }
}
