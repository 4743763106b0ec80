import HTTPTypes
import Hummingbird

/// Lets only the server's own page and the allowed sites use the API from a browser.
///
/// clip-retrieval answers every site; here that would let any page one visits search one's own
/// photographs, so it takes an explicit `*`.
///
/// The own page is known by its origin, or behind a proxy that hides the name it is shown under, by
/// what only it can send: a browser says `same-origin` itself, and lets no page of another site send
/// a header of its own without asking the server first, which says no.
struct OriginPolicy: RouterMiddleware {
  typealias Context = ServerContext

  let allowed: [String]
  /// The origin that a proxy shows the server under.
  let publicOrigin: String?

  func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    guard let origin = request.headers[.origin] else {
      // Without an origin a browser only reads: links and pictures.
      let isCrossSite = request.headers[.secFetchSite] == "cross-site"
      let onlyReads = [.get, .head, .options].contains(request.method)
      guard !isCrossSite || onlyReads else { throw ServerError.foreignOrigin("another site") }
      return try await next(request, context)
    }
    let isOwn =
      Self.authority(of: origin) == request.head.authority?.lowercased()
      || origin.lowercased() == publicOrigin
      || (request.method != .options
        && (request.headers[.secFetchSite] == "same-origin" || request.headers[.page] != nil))
    let answer = allowed.contains("*") ? "*" : allowed.contains(origin) ? origin : nil
    guard isOwn || answer != nil else {
      throw ServerError.foreignOrigin(String(origin.prefix(100)))
    }
    var response: Response
    if request.method == .options {
      response = Response(status: .noContent)
      response.headers[.accessControlAllowMethods] = "GET, POST, DELETE, OPTIONS"
      response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type"
      response.headers[.accessControlMaxAge] = "600"
    } else {
      response = try await next(request, context)
    }
    if let answer {
      response.headers[.accessControlAllowOrigin] = answer
      if answer != "*" { response.headers[.vary] = "Origin" }
    }
    return response
  }

  /// `photos.example:8443` of `https://photos.example:8443`.
  private static func authority(of origin: String) -> String? {
    guard let range = origin.firstRange(of: "://") else { return nil }
    return origin[range.upperBound...].lowercased()
  }
}
