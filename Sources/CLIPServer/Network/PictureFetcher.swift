import CLIPModels
package import Foundation

/// Fetches pictures from public addresses.
///
/// The name is looked up here, every address it has must be public, and the connection is pinned
/// to the address that was checked, so neither a name that points inside nor one that changes its
/// mind gets through. Redirects are not followed.
package struct PictureFetcher: Sendable {
  private let byteLimit: Int
  private let seconds: Int
  private let threads: BoundedThreads
  private let lookUp: @Sendable (_ host: String, _ port: Int) throws(ServerError) -> [String]

  /// A fetcher of pictures of at most `byteLimit` bytes, within `seconds` each.
  ///
  /// A few at a time; who would have to wait longer than a fetch may take is sent away.
  ///
  /// - Parameters:
  ///   - byteLimit: bytes of the largest picture.
  ///   - seconds: how long a fetch may take.
  ///   - lookUp: gives the numeric addresses of a name.
  package init(
    byteLimit: Int, seconds: Int = 15,
    lookUp: @escaping @Sendable (_ host: String, _ port: Int) throws(ServerError) -> [String] =
      PictureFetcher.addresses
  ) {
    self.lookUp = lookUp
    threads = BoundedThreads(
      label: "cnclip.fetch", count: 4, capacity: 64, patience: .seconds(seconds))
    self.byteLimit = byteLimit
    self.seconds = seconds
  }

  /// The bytes behind an address.
  ///
  /// - Throws: ``ServerError/unreachablePicture(reason:)``, ``ServerError/invalidRequest(_:)``.
  package func fetch(_ address: String) async throws -> Data {
    let target = try Self.target(of: address)
    return try await threads.run {
      let found = try lookUp(target.host, target.port)
      guard let numeric = found.first, found.allSatisfy({ AddressPolicy.isPublic($0) }) else {
        throw ServerError.unreachablePicture(
          reason: "'\(target.host)' is not on the public internet")
      }
      return try transfer(target, from: numeric)
    }
  }

  /// The parts of an address that matter for connecting.
  package struct Target: Equatable, Sendable {
    /// The whole address.
    package var url: String
    /// The name or number of the machine.
    package var host: String
    /// The port.
    package var port: Int
  }

  /// Reads an address; only `http` and `https` on their usual ports, without user names.
  package static func target(of address: String) throws(ServerError) -> Target {
    guard address.utf8.count <= 2_048, let parts = URLComponents(string: address),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
      // 'http://a%20' has the host 'a '.
      host.utf8.allSatisfy({ $0 > 0x20 && !"/?#@\\".utf8.contains($0) }), let url = parts.string
    else {
      throw .invalidRequest("'image_url' must be an http or https address without a user name.")
    }
    let usual = scheme == "https" ? 443 : 80
    guard [nil, usual].contains(parts.port) else {
      throw .invalidRequest("'image_url' must use the usual port of its scheme.")
    }
    return Target(
      url: url, host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: usual)
  }

  /// Looks a name up.
  package static func addresses(of host: String, port: Int) throws(ServerError) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else {
      throw .unreachablePicture(reason: "the name '\(host)' is not known")
    }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    for entry in sequence(first: first, next: { $0.pointee.ai_next }) {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let result = getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
        NI_NUMERICHOST)
      guard result == 0 else { continue }
      addresses.append(
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return addresses
  }

  private func transfer(_ target: Target, from address: String) throws -> Data {
    let download = PictureDownload(byteLimit: byteLimit, seconds: seconds)
    return try download.run(
      target.url,
      from: "::\(address.contains(":") ? "[\(address)]" : address):\(target.port)")
  }
}
