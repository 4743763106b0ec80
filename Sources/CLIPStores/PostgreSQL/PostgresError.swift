import CLIPSearch
import Foundation

/// What PostgreSQL, or the way to it, answered instead of a result.
struct PostgresError: Error {
  /// The five characters of its table of errors; empty if the server has said nothing.
  let code: String
  /// Its own words, on one line.
  let message: String
  /// Whether the connection is of no more use.
  let isLost: Bool

  init(code: String, message: String, isLost: Bool) {
    self.code = code
    self.message =
      message.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: "; ")
    self.isLost = isLost
  }

  /// Whether the same may succeed a moment later: the server restarts, or has no place left.
  var isPassing: Bool {
    // Starting up or shutting down; too many connections; deadlock; a serialization that failed.
    ["57P01", "57P02", "57P03", "53300", "40P01", "40001"].contains(code)
      || (isLost && !isRefusal)
  }

  /// Whether the server is there and will let us in soon; connections are refused without a code.
  var isBusy: Bool {
    message.contains("too many clients") || message.contains("remaining connection slots")
      || message.contains("the database system is")
  }

  /// Whether the server is there and lets us not in, which waiting does not change.
  private var isRefusal: Bool {
    !isBusy
      && (code.hasPrefix("28") || code == "3D000"
        || [
          "authentication failed", "no pg_hba.conf entry", "does not exist", "invalid",
          "certificate",
          "no password supplied", "could not translate host name", "SSL",
        ].contains { message.contains($0) })
  }

  /// The sentence for whoever reads it.
  func sentence(_ store: String) -> SearchError {
    let reason =
      switch code {
      case "53100": "its disk is full (\(message))"
      case "53300": "it has no connection left for us (\(message))"
      case "42501": "the user has not the right to do this (\(message))"
      case "25006": "it can only be read (\(message))"
      case "57014": "the question took too long and was cancelled (\(message))"
      case "" where isBusy: "it lets nobody in just now (\(message))"
      case "" where isLost && !isRefusal: "the server does not answer (\(message))"
      default: message
      }
    return .database(folder: store, reason: reason)
  }
}
