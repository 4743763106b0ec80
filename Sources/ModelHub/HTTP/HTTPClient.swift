internal import CCurl
internal import Foundation
internal import Web

/// Blocking GET requests over libcurl, with the body handed on as it arrives.
///
/// libcurl rather than `URLSession`: the connection waits while a chunk is written, so memory stays
/// bounded however slow the disk is; proxies and foreign certificates can be set; and no answer of a
/// server ends the process. (FoundationNetworking of Swift 6.3 queues without bound, stops at a 401
/// with a challenge, and traps on a chunked response that has a trailer.)
final class HTTPClient {
  /// Redirects that one request may meet.
  static let maximumRedirects = 10

  private let handle: cc_client
  private let settings: HTTPSettings
  private let cancellation: Cancellation

  /// - Throws: ``HubError/connection(host:failure:detail:)`` if libcurl cannot start.
  init(settings: HTTPSettings, cancellation: Cancellation) throws {
    guard let handle = cc_client_create() else {
      throw HubError.connection(host: "", failure: .other, detail: "libcurl does not start")
    }
    self.handle = handle
    self.settings = settings
    self.cancellation = cancellation
  }

  deinit { cc_client_free(handle) }

  /// Requests a URL and follows redirects.
  ///
  /// `body` takes the bytes of a response with success as they arrive. The token goes to the origin
  /// of `url` only, never to where that redirects.
  ///
  /// - Returns: the heads of the responses.
  /// - Throws: what `body` throws; ``HubError``; `CancellationError`.
  func get(
    _ url: URL, headers: [String: String] = [:], token: String? = nil,
    body: (HTTPExchange, UnsafeRawBufferPointer) throws -> Void
  ) throws -> HTTPExchange {
    var exchange = HTTPExchange()
    var current = url
    while true {
      var headers = headers
      // Compressed bodies could neither be resumed nor compared with the listing's size.
      headers["Accept-Encoding"] = "identity"
      if let token, current.hasOrigin(of: url) { headers["Authorization"] = "Bearer \(token)" }
      try request(current, headers: headers, into: &exchange, body: body)
      guard exchange.head.isRedirect else { return exchange }
      let target = try redirectTarget(exchange.head, from: current)
      exchange.redirects.append(exchange.head)
      guard exchange.redirects.count <= Self.maximumRedirects else {
        throw HubError.badRedirect(
          from: url.absoluteString, reason: "more than \(Self.maximumRedirects) in a row")
      }
      current = target
    }
  }

  private func redirectTarget(_ head: HTTPHead, from url: URL) throws -> URL {
    guard
      let location = head["Location"],
      let target = URL(string: location, relativeTo: url)?.absoluteURL,
      let scheme = target.scheme?.lowercased(), ["http", "https"].contains(scheme),
      target.host?.isEmpty == false
    else {
      throw HubError.badRedirect(from: url.absoluteString, reason: "it names no web address")
    }
    if url.scheme?.lowercased() == "https", scheme == "http" {
      throw HubError.badRedirect(
        from: url.absoluteString, reason: "it leads from https to unprotected http")
    }
    return target
  }

  private func request(
    _ url: URL, headers: [String: String], into exchange: inout HTTPExchange,
    body: (HTTPExchange, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try cancellation.check()
    exchange.head = HTTPHead()
    let result = try withoutActuallyEscaping(body) { body in
      let reception = HTTPReception(exchange: exchange, cancellation: cancellation, body: body)
      let result = perform(url, headers: headers, reception: reception)
      exchange = reception.exchange
      if let error = reception.error { throw error }
      return result
    }
    guard result.failure != CC_NONE else { return }
    let detail = withUnsafeBytes(of: result.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    throw HubError.connection(
      host: url.hostAndPort, failure: ConnectionFailure(result.failure), detail: detail)
  }

  private func perform(
    _ url: URL, headers: [String: String], reception: HTTPReception
  ) -> cc_result {
    // A line end inside a value would begin another header.
    let lines = headers.sorted { $0.key < $1.key }.map { name, value in
      "\(name): \(value.filter { !$0.isNewline && $0 != "\0" })"
    }
    let copies = lines.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.compactMap { $0.map { UnsafePointer($0) } }
    let proxy = settings.proxies.proxy(for: url)
    return url.absoluteString.withCString { address in
      pointers.withUnsafeBufferPointer { pointers in
        withOptionalCString(proxy) { proxy in
          withOptionalCString(settings.certificates) { certificates in
            settings.proxies.exceptions.withCString { exceptions in
              var request = reception.request(
                address, headers: pointers, proxy: proxy, exceptions: exceptions)
              request.certificates = certificates
              request.connect_seconds = max(1, settings.connectSeconds)
              request.stall_seconds = max(1, settings.stallSeconds)
              return cc_client_get(handle, &request)
            }
          }
        }
      }
    }
  }
}

private func withOptionalCString<Result>(
  _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}

extension ConnectionFailure {
  fileprivate init(_ failure: cc_failure) {
    self =
      switch failure {
      case CC_UNKNOWN_HOST: .unknownHost
      case CC_CANNOT_CONNECT: .cannotConnect
      case CC_TIMED_OUT: .timedOut
      case CC_INTERRUPTED: .interrupted
      case CC_PROXY: .proxy
      case CC_TLS: .certificate
      default: .other
      }
  }
}
