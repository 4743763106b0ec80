internal import Foundation

extension URL {
  /// The host, with the port if one is written.
  var hostAndPort: String {
    (host ?? absoluteString) + (port.map { ":\($0)" } ?? "")
  }

  /// The URL without path and query.
  var origin: URL {
    URL(string: "\(scheme ?? "https")://\(hostAndPort)") ?? self
  }

  /// Whether two URLs have the same scheme, host and port.
  func hasOrigin(of other: URL) -> Bool {
    func origin(_ url: URL) -> [String] {
      let scheme = url.scheme?.lowercased() ?? ""
      let port = url.port ?? (scheme == "https" ? 443 : 80)
      return [scheme, url.host?.lowercased() ?? "", String(port)]
    }
    return origin(self) == origin(other)
  }
}
