package import Hummingbird

/// Answers only requests that name this machine, which stops DNS rebinding: a foreign page whose
/// name has been pointed at this machine still sends its own name as the host.
///
/// A server that other machines can reach answers for every numeric address besides: those need no
/// name server, so nobody can point them elsewhere.
package struct HostPolicy: RouterMiddleware {
  package typealias Context = ServerContext

  /// Lower-case names without port.
  private let allowed: Set<String>
  private let allowsNumbers: Bool

  package init(configuration: ServerConfiguration) {
    var allowed = ServerConfiguration.loopbackNames
    allowed.formUnion(configuration.allowedHosts.map { Self.name(of: $0) })
    if let address = configuration.publicAddress {
      allowed.insert(Self.name(of: address.authority))
    }
    allowed.insert(configuration.host.lowercased())
    if !configuration.isLoopbackOnly { allowed.formUnion(MachineNames.own) }
    self.allowed = allowed
    allowsNumbers = !configuration.isLoopbackOnly
  }

  package func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    let host = request.head.authority ?? ""
    let name = Self.name(of: host)
    guard allowed.contains(name) || (allowsNumbers && MachineNames.isNumeric(name)) else {
      throw ServerError.foreignHost(String(host.prefix(100)))
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
