package import Hummingbird

/// Lets in who has the token, or the cookie that the page got for it.
///
/// Pictures in a page cannot carry a header, hence the cookie: a random value of this run of the
/// server, not the token itself.
package struct Authentication: RouterMiddleware {
  package typealias Context = ServerContext

  private static let cookieName = "cnclip_session"
  private let token: [UInt8]?
  private let session: String

  /// Everyone is let in when `token` is `nil`.
  package init(token: String?) {
    self.token = token.map { Array($0.utf8) }
    var random = SystemRandomNumberGenerator()
    session = (0..<4).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  package func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    guard isAuthorized(request) else { throw ServerError.unauthorized }
    return try await next(request, context)
  }

  private func isAuthorized(_ request: Request) -> Bool {
    guard let token else { return true }
    if let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") {
      return Self.isEqual(Array(header.dropFirst("bearer ".count).utf8), token)
    }
    let cookie = request.cookies[Self.cookieName]?.value ?? ""
    return Self.isEqual(Array(cookie.utf8), Array(session.utf8))
  }

  /// The cookie for a browser that has just shown the token.
  package var cookie: Cookie {
    Cookie(
      name: Self.cookieName, value: session, path: "/", httpOnly: true, sameSite: .strict)
  }

  /// Compares in a time that does not depend on where the difference is.
  package static func isEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
    var difference: UInt8 = given.count == expected.count ? 0 : 1
    for index in expected.indices {
      difference |= expected[index] ^ (index < given.count ? given[index] : 0)
    }
    return difference == 0
  }
}
