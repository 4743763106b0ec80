import CCurl
import Foundation
import Synchronization

/// One call of gRPC by libcurl: a message goes out in a POST of HTTP/2, another comes back, and the
/// trailers say how it went.
final class MilvusCall {
  /// Bytes of an answer.
  private static let maximumAnswer = 512 << 20
  /// Seconds that a call may take; making an index of millions of vectors is not waited for in one.
  private static let seconds = 120

  private var answer = Data()
  private var status: Int?
  private var message = ""
  private var httpStatus = ""
  private var isTooLarge = false
  private let deadline = ContinuousClock.now + .seconds(seconds)

  /// Performs the call.
  ///
  /// - Parameters:
  ///   - client: Keeps the connection.
  ///   - url: Address and name of the call.
  ///   - body: The message.
  ///   - headers: `name: value`, besides gRPC's own.
  ///   - authorities: A file with certificates to trust.
  /// - Returns: The answer's message.
  /// - Throws: ``MilvusError``.
  func perform(
    _ client: cc_client, _ url: String, _ body: Data, headers: [String], authorities: String?
  ) throws(MilvusError) -> Data {
    var framed = Data([0])
    withUnsafeBytes(of: UInt32(body.count).bigEndian) { framed.append(contentsOf: $0) }
    framed.append(body)
    let lines =
      headers + [
        "content-type: application/grpc", "te: trailers", "grpc-timeout: \(Self.seconds)S",
        "Expect:",
      ]
    let result = send(client, url, framed, lines, authorities)
    if isTooLarge { throw MilvusError("its answer is too large", isPassing: false) }
    guard result.failure == CC_NONE else {
      let text = withUnsafeBytes(of: result.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      let isTimedOut = ContinuousClock.now >= deadline
      throw MilvusError(
        isTimedOut ? "a call took longer than \(Self.seconds) seconds" : text,
        isPassing: result.failure != CC_TLS && result.failure != CC_UNKNOWN_HOST && !isTimedOut,
        isUnreachable: true)
    }
    guard let status else {
      throw MilvusError(
        "what answers there speaks no gRPC (\(httpStatus))", isPassing: httpStatus.contains("50"))
    }
    guard status == 0 else {
      // UNAVAILABLE and RESOURCE_EXHAUSTED pass.
      throw MilvusError(
        message.removingPercentEncoding ?? message, isPassing: status == 14 || status == 8)
    }
    guard answer.count >= 5, answer.first == 0 else {
      throw MilvusError("its answer is no message of gRPC", isPassing: false)
    }
    return answer.dropFirst(5)
  }

  private func send(
    _ client: cc_client, _ url: String, _ body: Data, _ lines: [String], _ authorities: String?
  ) -> cc_result {
    let strings = lines.map { strdup($0) }
    defer { for string in strings { free(string) } }
    let pointers = strings.compactMap { $0.map { UnsafePointer($0) } }
    let trusted = authorities.map { strdup($0) } ?? nil
    defer { free(trusted) }
    return url.withCString { url in
      "*".withCString { everything in
        pointers.withUnsafeBufferPointer { headers in
          var request = cc_request(
            url: url, headers: headers.baseAddress, header_count: headers.count, proxy: nil,
            proxy_exceptions: everything, connect_to: nil, certificates: trusted,
            connect_seconds: 10, stall_seconds: Self.seconds,
            context: Unmanaged.passUnretained(self).toOpaque(),
            on_header: { context, line, length in
              MilvusCall.at(context).take(
                line: String(
                  decoding: UnsafeRawBufferPointer(start: line, count: min(length, 4_096)),
                  as: UTF8.self))
            },
            on_body: { context, bytes, length in
              MilvusCall.at(context).take(UnsafeRawBufferPointer(start: bytes, count: length))
            },
            on_tick: { context in
              ContinuousClock.now < MilvusCall.at(context).deadline
            })
          return body.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return cc_result() }
            var body = cc_body(bytes: base, length: bytes.count, speaks_http2: true)
            return cc_client_post(client, &request, &body)
          }
        }
      }
    }
  }

  private static func at(_ context: UnsafeMutableRawPointer) -> MilvusCall {
    Unmanaged<MilvusCall>.fromOpaque(context).takeUnretainedValue()
  }

  /// A line of the header or of the trailers.
  private func take(line: String) -> Bool {
    if line.hasPrefix("HTTP/") { httpStatus = line.trimmingCharacters(in: .whitespacesAndNewlines) }
    guard let colon = line.firstIndex(of: ":") else { return true }
    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
    switch line[..<colon].lowercased() {
    case "grpc-status": status = Int(value)
    case "grpc-message": message = value
    default: break
    }
    return true
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard answer.count + bytes.count <= Self.maximumAnswer else {
      isTooLarge = true
      return false
    }
    answer.append(contentsOf: bytes)
    return true
  }
}
