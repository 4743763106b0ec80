import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// Lets in who has the token, or the cookie that the page got for it.
///
/// Pictures in a page cannot carry a header, hence the cookie: a random value of this run of the
/// server, not the token itself.
package struct Authentication: RouterMiddleware {
  package typealias Context = ServerContext

  private static let cookieName = "cnclip_session"
  private let token: [UInt8]?
  private let session: String
  private let attempts: FailedAttempts
  private let isBehindProxy: Bool

  /// - Parameters:
  ///   - token: What is to be shown; everyone is let in when it is `nil`.
  ///   - isBehindProxy: Whether this machine's own addresses stand for those that a proxy names.
  ///   - attempts: Who has shown wrong tokens lately.
  package init(
    token: String?, isBehindProxy: Bool = false, attempts: FailedAttempts = FailedAttempts()
  ) {
    self.token = token.map { Array($0.utf8) }
    self.isBehindProxy = isBehindProxy
    self.attempts = attempts
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
    guard try isAuthorized(request, from: address(of: request, context)) else {
      throw ServerError.unauthorized
    }
    return try await next(request, context)
  }

  private func isAuthorized(_ request: Request, from address: String) throws(ServerError) -> Bool {
    guard let token else { return true }
    if let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") {
      // Not even looked at while the address must wait, or guessing would go on.
      if let seconds = attempts.wait(for: address) { throw .tooManyAttempts(retryAfter: seconds) }
      let isRight = Self.isEqual(Array(header.dropFirst("bearer ".count).utf8), token)
      attempts.note(address, succeeded: isRight)
      return isRight
    }
    // 256 random bits: nobody guesses them, so those who are in stay in whatever others try.
    let cookie = request.cookies[Self.cookieName]?.value ?? ""
    return Self.isEqual(Array(cookie.utf8), Array(session.utf8))
  }

  /// Who asks: the other end of the connection, or whom the proxy on this machine has named last.
  private func address(of request: Request, _ context: ServerContext) -> String {
    let peer = context.peer?.ipAddress ?? ""
    guard isBehindProxy, peer.hasPrefix("127.") || peer == "::1",
      let last = request.headers[.xForwardedFor]?.split(separator: ",").last
    else { return peer }
    return last.trimmingCharacters(in: .whitespaces)
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
