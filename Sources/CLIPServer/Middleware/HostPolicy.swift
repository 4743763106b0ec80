package import Hummingbird

/// Answers only requests that name this machine, which stops DNS rebinding: a foreign page whose
/// name has been pointed at 127.0.0.1 still sends its own name as the host.
package struct HostPolicy: RouterMiddleware {
  package typealias Context = ServerContext

  /// Lower-case names without port; `nil` allows every name.
  private let allowed: Set<String>?

  package init(configuration: ServerConfiguration) {
    if !configuration.allowedHosts.isEmpty {
      allowed = Set(configuration.allowedHosts.map { Self.name(of: $0) })
        .union(configuration.isLoopbackOnly ? ServerConfiguration.loopbackNames : [])
    } else {
      allowed =
        configuration.isLoopbackOnly
        ? ServerConfiguration.loopbackNames.union([configuration.host]) : nil
    }
  }

  package func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    if let allowed {
      let host = request.head.authority ?? ""
      guard allowed.contains(Self.name(of: host)) else {
        throw ServerError.foreignHost(String(host.prefix(100)))
      }
    }
    return try await next(request, context)
  }

  /// `example.org` of `Example.org:8080`, `[::1]` of `[::1]:8080`.
  static func name(of authority: String) -> String {
    let lower = authority.lowercased()
    if lower.hasPrefix("[") {
      return lower.firstIndex(of: "]").map { String(lower[...$0]) } ?? lower
    }
    return String(lower.prefix { $0 != ":" })
  }
}
