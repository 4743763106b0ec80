package import CLIPSearch
import Foundation

/// Where a PostgreSQL store is: `postgres://user@host:port/database?schema=pictures`, and whatever
/// else libpq understands in an address (`sslmode`, `sslrootcert`, …).
package struct PostgresAddress: Sendable {
  /// What libpq is given.
  package let connection: String
  /// The schema that the library's tables are in.
  package let schema: String
  /// The address without a password, for messages.
  package let name: String

  /// - Throws: `SearchError.storeAddress(address:problem:)`.
  package init(_ text: String) throws(SearchError) {
    let shown = Self.withoutPassword(text)
    guard let colon = text.range(of: "://") else {
      throw .storeAddress(
        address: shown, problem: "expected postgres://USER@HOST:PORT/DATABASE?schema=NAME")
    }
    let parts = text[colon.upperBound...].split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var schema = "cnclip"
    var parameters: [Substring] = []
    for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      if parameter.hasPrefix("schema=") {
        schema = String(parameter.dropFirst("schema=".count))
      } else {
        parameters.append(parameter)
      }
    }
    guard schema.wholeMatch(of: /[a-z_][a-z0-9_]{0,62}/) != nil else {
      throw .storeAddress(
        address: shown,
        problem: "the schema '\(schema)' is no name of small letters, digits and '_'")
    }
    // A server that is gone is noticed within a minute, and one that cannot be reached sooner.
    let usual = [
      ("connect_timeout", "10"), ("keepalives_idle", "15"), ("keepalives_interval", "10"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "60000"), ("application_name", "cnclip"),
    ]
    for (name, value) in usual where !parameters.contains(where: { $0.hasPrefix(name + "=") }) {
      parameters.append("\(name)=\(value)")
    }
    connection =
      "postgresql://" + (parts.first ?? "") + "?" + parameters.joined(separator: "&")
    self.schema = schema
    name = shown
  }

  /// `postgres://user:secret@host/…` without the secret, which may also be a parameter.
  private static func withoutPassword(_ text: String) -> String {
    text.replacing(/^(\w+:\/\/[^\/?@:]*):[^\/?]*@/) { "\($0.1)@" }
      .replacing(/([?&](?:ssl)?password)=[^&]*/) { "\($0.1)=…" }
  }
}
