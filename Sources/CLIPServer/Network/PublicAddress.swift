import Foundation

/// The address under which a proxy shows the server.
struct PublicAddress: Sendable, Equatable {
  /// `https://example.org`, in lower case as browsers send it.
  let origin: String
  /// `example.org` or `example.org:8443`.
  let authority: String
  /// `/photos`, or nothing.
  let prefix: String

  /// Reads `https://example.org/photos/`; `nil` when it is no such address.
  init?(_ text: String) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty,
      parts.user == nil, parts.query == nil, parts.fragment == nil
    else { return nil }
    authority = host + (parts.port.map { ":\($0)" } ?? "")
    origin = "\(scheme)://\(authority)"
    var path = parts.percentEncodedPath[...]
    while path.hasSuffix("/") { path.removeLast() }
    prefix = String(path)
  }
}
