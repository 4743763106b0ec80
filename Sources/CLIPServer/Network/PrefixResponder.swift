import HTTPTypes
import Hummingbird

/// Takes the path of the public address off the paths of requests, for proxies that leave it on.
struct PrefixResponder<Base: HTTPResponder>: HTTPResponder where Base.Context == ServerContext {
  let prefix: String
  let base: Base

  func respond(to request: Request, context: ServerContext) async throws -> Response {
    guard let path = request.head.path, !prefix.isEmpty, path.hasPrefix(prefix) else {
      return try await base.respond(to: request, context: context)
    }
    let rest = path.dropFirst(prefix.count)
    // Without the slash at its end the page would look for its files one folder up.
    if rest.isEmpty || rest.hasPrefix("?") {
      return Response(status: .permanentRedirect, headers: [.location: "\(prefix)/\(rest)"])
    }
    guard rest.hasPrefix("/") else {
      return try await base.respond(to: request, context: context)
    }
    var head = request.head
    head.path = String(rest)
    return try await base.respond(to: Request(head: head, body: request.body), context: context)
  }
}
