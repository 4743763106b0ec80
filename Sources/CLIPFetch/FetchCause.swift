/// Why a row of a list brought no picture.
package enum FetchCause: Hashable, Sendable {
  /// The line of the list cannot be used.
  case badRow(String)
  /// The address is none, or has a user name.
  case badAddress
  /// The name leads into a private network, or to this machine.
  case privateAddress
  /// There is no such name.
  case unknownHost
  /// The name servers do not answer.
  case nameServer
  /// Nobody answers at the address.
  case cannotConnect
  /// Connecting, or the whole transfer, took too long.
  case timedOut
  /// The connection ended before the picture did.
  case interrupted
  /// The certificate was not accepted.
  case certificate
  /// The server answered with a status other than 200.
  case status(Int)
  /// More redirects than are followed.
  case tooManyRedirects
  /// A redirect that leads to no address.
  case badRedirect
  /// More bytes than a picture may have.
  case tooLarge
  /// robots.txt keeps robots out.
  case robots
  /// `X-Robots-Tag` keeps the picture from data sets.
  case robotsHeader
  /// What came is no picture of a known format.
  case noPicture
  /// A picture came that cannot be decoded.
  case brokenPicture
  /// Anything else.
  case other

  /// Whether the same may succeed in a moment.
  package var isTransient: Bool {
    switch self {
    case .nameServer, .cannotConnect, .timedOut, .interrupted, .other: true
    case .status(let status): status == 408 || status == 425 || status == 429 || status >= 500
    default: false
    }
  }

  /// Whether something came that could not be made a picture: what img2dataset calls "failed_to_resize".
  var isAboutThePicture: Bool { self == .noPicture || self == .brokenPicture }

  /// The cause in a few words, the same for all rows that share it.
  package var words: String {
    switch self {
    case .badRow: "bad row"
    case .badAddress: "no address"
    case .privateAddress: "private address"
    case .unknownHost: "unknown host"
    case .nameServer: "name server silent"
    case .cannotConnect: "cannot connect"
    case .timedOut: "timed out"
    case .interrupted: "interrupted"
    case .certificate: "certificate refused"
    case .status(let status): "HTTP \(status)"
    case .tooManyRedirects: "too many redirects"
    case .badRedirect: "redirect to nowhere"
    case .tooLarge: "too large"
    case .robots: "kept out by robots.txt"
    case .robotsHeader: "kept out by X-Robots-Tag"
    case .noPicture: "no picture"
    case .brokenPicture: "broken picture"
    case .other: "other failure"
    }
  }

  /// What stands in the row's `error_message`.
  package var message: String {
    if case .badRow(let problem) = self { return "bad row: \(problem)" }
    return words
  }
}
