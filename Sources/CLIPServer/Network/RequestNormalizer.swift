import HTTPTypes
import Hummingbird

/// Brings requests into the form that the router knows: paths without that of the public address,
/// for proxies that leave it on, and methods that nothing here takes as `TRACE`, which is refused
/// like any of them.
struct RequestNormalizer<Base: HTTPResponder>: HTTPResponder where Base.Context == ServerContext {
  let prefix: String
  let base: Base

  /// Methods that some address takes, or that are refused by name.
  static var known: [HTTPRequest.Method] {
    [.get, .head, .post, .put, .delete, .patch, .options, .trace]
  }

  func respond(to request: Request, context: ServerContext) async throws -> Response {
    var head = request.head
    if !Self.known.contains(head.method) { head.method = .trace }
    if let path = head.path, !prefix.isEmpty, path.hasPrefix(prefix) {
      let rest = path.dropFirst(prefix.count)
      // Without the slash at its end the page would look for its files one folder up.
      if rest.isEmpty || rest.hasPrefix("?") {
        return Response(status: .permanentRedirect, headers: [.location: "\(prefix)/\(rest)"])
      }
      if rest.hasPrefix("/") { head.path = String(rest) }
    }
    return try await base.respond(to: Request(head: head, body: request.body), context: context)
  }
}
