internal import CCurl
internal import Foundation
internal import Web

/// What libcurl's callbacks write to while one request runs.
final class HTTPReception {
  /// Bytes of header lines that one response may have, trailers included.
  private static let maximumHeaderBytes = 1 << 18
  /// Bytes that are thrown away of the page that comes with a redirect or an error.
  private static let maximumExplanationBytes = 1 << 20

  private(set) var exchange: HTTPExchange
  /// What made the request stop, to be thrown by whoever began it.
  private(set) var error: (any Error)?
  private let cancellation: Cancellation
  private let body: (HTTPExchange, UnsafeRawBufferPointer) throws -> Void
  private var headerBytes = 0
  private var explanationBytes = 0
  private var isInBody = false

  init(
    exchange: HTTPExchange, cancellation: Cancellation,
    body: @escaping (HTTPExchange, UnsafeRawBufferPointer) throws -> Void
  ) {
    self.exchange = exchange
    self.cancellation = cancellation
    self.body = body
  }

  /// A request that reports to this object, which must live until the request is done.
  func request(
    _ address: UnsafePointer<CChar>, headers: UnsafeBufferPointer<UnsafePointer<CChar>>,
    proxy: UnsafePointer<CChar>?, exceptions: UnsafePointer<CChar>
  ) -> cc_request {
    cc_request(
      url: address, headers: headers.baseAddress, header_count: headers.count, proxy: proxy,
      proxy_exceptions: exceptions, connect_to: nil, certificates: nil, connect_seconds: 0,
      stall_seconds: 0,
      context: Unmanaged.passUnretained(self).toOpaque(),
      on_header: { context, line, length in
        HTTPReception.at(context).receive(
          header: UnsafeRawBufferPointer(start: line, count: length))
      },
      on_body: { context, bytes, length in
        HTTPReception.at(context).receive(
          body: UnsafeRawBufferPointer(start: bytes, count: length))
      },
      on_tick: { context in HTTPReception.at(context).attempt { _ in } })
  }

  private static func at(_ context: UnsafeMutableRawPointer) -> HTTPReception {
    Unmanaged<HTTPReception>.fromOpaque(context).takeUnretainedValue()
  }

  private func receive(header bytes: UnsafeRawBufferPointer) -> Bool {
    attempt { reception in
      reception.headerBytes += bytes.count
      guard reception.headerBytes <= Self.maximumHeaderBytes else {
        throw HubError.connection(
          host: "", failure: .other, detail: "the header of the response is too long")
      }
      // What comes after the body is a trailer, and means nothing here.
      guard !reception.isInBody else { return }
      reception.exchange.head.take(line: bytes)
    }
  }

  private func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    attempt { reception in
      reception.isInBody = true
      let head = reception.exchange.head
      if head.isSuccess { return try reception.body(reception.exchange, bytes) }
      reception.explanationBytes += bytes.count
      guard reception.explanationBytes <= Self.maximumExplanationBytes else {
        throw HubError.connection(
          host: "", failure: .other, detail: "the page for status \(head.status) does not end")
      }
    }
  }

  private func attempt(_ action: (HTTPReception) throws -> Void) -> Bool {
    do {
      try cancellation.check()
      try action(self)
      return true
    } catch {
      self.error = error
      return false
    }
  }
}
