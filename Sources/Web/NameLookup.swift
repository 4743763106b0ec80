import Foundation

/// Asks the system for the numeric addresses of a name.
package enum NameLookup {
  /// Why there are none.
  package enum Failure: Error, Equatable, Sendable {
    /// There is no such name.
    case unknown
    /// The name server did not answer, or not now.
    case temporary
  }

  /// Looks a name up; blocks until the name server has answered.
  ///
  /// - Throws: ``Failure``.
  package static func addresses(of host: String, port: Int) throws(Failure) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0, let first = list else {
      throw code == EAI_AGAIN || code == EAI_SYSTEM ? .temporary : .unknown
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
}
