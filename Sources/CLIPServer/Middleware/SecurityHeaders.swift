import HTTPTypes
import Hummingbird

/// Headers that keep browsers from doing anything that the page does not need.
struct SecurityHeaders: RouterMiddleware {
  typealias Context = ServerContext

  /// Nothing from outside, no inline script or style, no frames.
  static let pagePolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
    "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'none'",
  ].joined(separator: "; ")

  func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    if response.headers[.contentSecurityPolicy] == nil {
      response.headers[.contentSecurityPolicy] = Self.pagePolicy
    }
    response.headers[.referrerPolicy] = "same-origin"
    response.headers[.crossOriginOpenerPolicy] = "same-origin"
    if response.headers[.accessControlAllowOrigin] == nil {
      response.headers[.crossOriginResourcePolicy] = "same-origin"
    }
    return response
  }
}

extension HTTPField.Name {
  /// `Referrer-Policy`.
  static let referrerPolicy = Self.named("Referrer-Policy")
  /// `Cross-Origin-Opener-Policy`.
  static let crossOriginOpenerPolicy = Self.named("Cross-Origin-Opener-Policy")
  /// `Cross-Origin-Resource-Policy`.
  static let crossOriginResourcePolicy = Self.named("Cross-Origin-Resource-Policy")
  /// `Sec-Fetch-Site`.
  static let secFetchSite = Self.named("Sec-Fetch-Site")
  /// What the server's own page sends with every request.
  static let page = Self.named("X-Cnclip-Page")
  /// The addresses that a proxy has got a request from.
  static let xForwardedFor = Self.named("X-Forwarded-For")

  /// A name that is known to be well formed; another harmless one if it were not.
  private static func named(_ name: String) -> HTTPField.Name {
    HTTPField.Name(name) ?? .xContentTypeOptions
  }
}
