import CLIPModels
package import Foundation
package import Web

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

  /// Reads an address; only `http` and `https` on their usual ports, without user names.
  package static func target(of address: String) throws(ServerError) -> WebAddress {
    guard let target = WebAddress(address) else {
      throw .invalidRequest("'image_url' must be an http or https address without a user name.")
    }
    guard target.hasUsualPort else {
      throw .invalidRequest("'image_url' must use the usual port of its scheme.")
    }
    return target
  }

  /// Looks a name up.
  package static func addresses(of host: String, port: Int) throws(ServerError) -> [String] {
    do { return try NameLookup.addresses(of: host, port: port) } catch {
      throw .unreachablePicture(reason: "the name '\(host)' is not known")
    }
  }

  private func transfer(_ target: WebAddress, from address: String) throws -> Data {
    let download = PictureDownload(byteLimit: byteLimit, seconds: seconds)
    return try download.run(target.url, from: target.route(to: address))
  }
}
