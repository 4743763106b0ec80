package import Files
internal import Foundation

/// Why a connection brought no complete response.
public enum ConnectionFailure: Hashable, Sendable {
  /// The host's name could not be resolved.
  case unknownHost
  /// Nobody answered.
  case cannotConnect
  /// Connecting took too long, or nothing came for too long.
  case timedOut
  /// The connection ended before the response did.
  case interrupted
  /// The proxy could not be found, or refused.
  case proxy
  /// The certificate was not accepted.
  case certificate
  /// Anything else.
  case other
}

/// Why files could not be fetched, each as one sentence for the person at the terminal.
public enum HubError: Error, Equatable, Sendable {
  /// Something was given that can be no such thing.
  case invalid(what: String, value: String, expected: String)
  /// The hub wants a token, or does not accept the given one (401).
  case unauthorized(repository: String, host: String, tokenVariable: String, hasToken: Bool)
  /// The hub does not let this user see the repository (403): mostly a licence to accept.
  case gated(repository: String, page: String)
  /// The hub has no such repository, revision or file (404).
  case notFound(what: String, host: String)
  /// The repository lacks files that are needed.
  case missingFiles(_ names: [String], repository: String, revision: String)
  /// The server failed, or has too much to do (5xx, 408, 429).
  case serverFailed(status: Int, host: String, retryAfter: Double?)
  /// Any other status.
  case refused(status: Int, url: String, message: String)
  /// No complete response came.
  case connection(host: String, failure: ConnectionFailure, detail: String)
  /// Some bytes came, and then no more, in spite of several attempts.
  case incomplete(file: String, received: Int64, expected: Int64, reason: String)
  /// A redirect that is not followed.
  case badRedirect(from: String, reason: String)
  /// The list of files cannot be read.
  case damagedListing(url: String, reason: String)
  /// The server has another number of bytes than the hub lists.
  case wrongSize(file: String, expected: Int64, found: Int64)
  /// The bytes are not those that the hub lists; they were deleted.
  case wrongChecksum(file: String, algorithm: String, expected: String, found: String)
  /// There is no room for the files; nothing half-written stays.
  case diskFull(folder: String, needed: Int64, available: Int64?)
  /// A file cannot be written.
  case cannotWrite(path: String, reason: String)

  /// Whether the same request may succeed in a moment.
  var isTransient: Bool {
    switch self {
    case .serverFailed: true
    case .connection(_, let failure, _):
      switch failure {
      case .unknownHost, .cannotConnect, .timedOut, .interrupted, .other: true
      case .proxy, .certificate: false
      }
    default: false
    }
  }
}

extension HubError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unwritable(let path, let reason), .unreadable(let path, let reason),
        .badLine(let path, _, let reason):
        .cannotWrite(path: path, reason: reason)
      case .alreadyExists(let path): .cannotWrite(path: path, reason: "it exists already")
      }
  }
}
