import Foundation

/// An `http` or `https` address that may be connected to: a machine, a port, and no user name.
package struct WebAddress: Equatable, Sendable {
  /// The whole address, all of it ASCII.
  package let url: String
  /// `http` or `https`.
  package let scheme: String
  /// The name or number of the machine; IPv6 without brackets.
  package let host: String
  /// The port.
  package let port: Int
  /// The path with the query, as it is sent.
  package let path: String

  /// Longer addresses are no addresses.
  private static let maximumLength = 2_048

  /// Reads an address; nil for what is none, or has a user name.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength, let parts = URLComponents(string: text),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.encodedHost?.lowercased(), !host.isEmpty, parts.user == nil,
      parts.password == nil,
      // 'http://a%20' has the host 'a '.
      host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@\\%".utf8.contains($0) }),
      let url = parts.string
    else { return nil }
    let usual = scheme == "https" ? 443 : 80
    guard (1...65_535).contains(parts.port ?? usual) else { return nil }
    self.url = url
    self.scheme = scheme
    self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    port = parts.port ?? usual
    let query = parts.percentEncodedQuery.map { "?" + $0 } ?? ""
    path = (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath) + query
  }

  /// Whether the port is that of its scheme.
  package var hasUsualPort: Bool { port == (scheme == "https" ? 443 : 80) }

  /// The machine with its port, as robots.txt and connections are told apart.
  package var origin: String { "\(scheme)://\(bracketedHost):\(port)" }

  /// The host as it stands in an address.
  private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

  /// Where a redirect from here leads; nil for no address.
  package func redirected(to location: String) -> WebAddress? {
    guard let base = URL(string: url),
      let target = URL(string: location.trimmingCharacters(in: .whitespaces), relativeTo: base)
    else { return nil }
    return WebAddress(target.absoluteString)
  }

  /// Makes libcurl connect to a numeric address, whatever the name says by then.
  package func route(to numeric: String) -> String {
    "::\(numeric.contains(":") ? "[\(numeric)]" : numeric):\(port)"
  }
}
