import CCurl
package import Foundation

/// One transfer by libcurl, with limits on size and time.
package final class PictureDownload {
  private let byteLimit: Int
  private let seconds: Int
  private let deadline: ContinuousClock.Instant
  private var statusLine = ""
  private var data = Data()
  private var isTooLarge = false

  /// A transfer of at most `byteLimit` bytes that ends after `seconds` at the latest.
  package init(byteLimit: Int, seconds: Int) {
    self.byteLimit = byteLimit
    self.seconds = seconds
    deadline = .now + .seconds(seconds)
  }

  /// Gets an address from the machine that `route` names (`::93.184.215.14:443`).
  ///
  /// - Throws: ``ServerError/unreachablePicture(reason:)``, ``ServerError/tooLarge(limit:)``.
  package func run(_ url: String, from route: String) throws(ServerError) -> Data {
    guard let client = cc_client_create() else {
      throw .unreachablePicture(reason: "libcurl cannot start")
    }
    defer { cc_client_free(client) }
    let result = url.withCString { url in
      route.withCString { route in
        "*".withCString { everything in perform(client, url, route, everything) }
      }
    }
    if isTooLarge { throw .tooLarge(limit: byteLimit) }
    guard result.failure == CC_NONE else {
      throw .unreachablePicture(reason: "the other server could not be reached in time")
    }
    let status = statusLine.split(separator: " ").dropFirst().first ?? "no status"
    guard status == "200", !data.isEmpty else {
      throw .unreachablePicture(reason: "the other server answered with \(status)")
    }
    return data
  }

  private func perform(
    _ client: cc_client, _ url: UnsafePointer<CChar>, _ route: UnsafePointer<CChar>,
    _ everything: UnsafePointer<CChar>
  ) -> cc_result {
    var request = cc_request(
      url: url, headers: nil, header_count: 0, proxy: nil, proxy_exceptions: everything,
      connect_to: route, certificates: nil, connect_seconds: seconds, stall_seconds: seconds,
      context: Unmanaged.passUnretained(self).toOpaque(),
      on_header: { context, line, length in
        let text = String(
          decoding: UnsafeRawBufferPointer(start: line, count: min(length, 256)), as: UTF8.self)
        let download = PictureDownload.at(context)
        // Also after an interim response the last status line counts.
        if text.hasPrefix("HTTP/") { download.statusLine = text }
        return ContinuousClock.now < download.deadline
      },
      on_body: { context, bytes, length in
        PictureDownload.at(context).take(UnsafeRawBufferPointer(start: bytes, count: length))
      },
      on_tick: { context in ContinuousClock.now < PictureDownload.at(context).deadline })
    return cc_client_get(client, &request)
  }

  private static func at(_ context: UnsafeMutableRawPointer) -> PictureDownload {
    Unmanaged<PictureDownload>.fromOpaque(context).takeUnretainedValue()
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard data.count + bytes.count <= byteLimit else {
      isTooLarge = true
      return false
    }
    data.append(contentsOf: bytes)
    return ContinuousClock.now < deadline
  }
}
