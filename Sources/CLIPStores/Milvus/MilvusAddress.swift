package import CLIPSearch
import Foundation

/// Where a Milvus store is, and what its collections are to be like:
/// `milvus://HOST:PORT/NAME?tls=true&ca=FILE&db=NAME&index=HNSW&consistency=bounded`.
///
/// A user's name and password, or a token, stand before the host or in `CNCLIP_MILVUS_TOKEN`.
package struct MilvusAddress: Sendable {
  /// What of the calls' address is before their names.
  package let base: String
  /// What the library's collections begin with.
  package let collection: String
  /// The database within the server; empty for its default.
  package let database: String
  /// `NAME:PASSWORD`, or a token.
  package let token: String?
  /// A file with the certificate authorities to trust; `nil` for the system's.
  package let authorities: String?
  /// The type of the vectors' index, and what it is made and searched with.
  package let index: String
  /// As JSON.
  package let buildParameters: String
  package let searchParameters: String
  /// Whether a search sees all that was written before it, by whomever.
  package let isStrong: Bool
  /// The address without secrets, for messages.
  package let name: String

  /// - Throws: `SearchError.storeAddress(address:problem:)`.
  package init(
    _ text: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(SearchError) {
    let shown = text.replacing(/^(\w+:\/\/)[^\/?]*@/) { "\($0.1)" }
    func fail(_ problem: String) -> SearchError { .storeAddress(address: shown, problem: problem) }
    guard let components = URLComponents(string: text), let host = components.host, !host.isEmpty
    else { throw fail("expected milvus://HOST:PORT/NAME") }
    let collection = components.path.isEmpty ? "cnclip" : String(components.path.dropFirst())
    guard collection.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]{0,99}/) != nil else {
      throw fail("the collection '\(collection)' is no name of letters, digits and '_'")
    }
    var parameters: [String: String] = [:]
    for item in components.queryItems ?? [] { parameters[item.name] = item.value ?? "" }
    func take(_ name: String) -> String? { parameters.removeValue(forKey: name) }
    func choice(_ name: String, _ allowed: [String]) throws(SearchError) -> String {
      let value = take(name) ?? allowed[0]
      guard allowed.contains(value) else {
        throw fail("'\(name)' is \(allowed.joined(separator: " or ")), not '\(value)'")
      }
      return value
    }
    let isEncrypted = try choice("tls", ["false", "true"]) == "true"
    isStrong = try choice("consistency", ["strong", "bounded"]) == "strong"
    authorities = take("ca")
    database = take("db") ?? ""
    index = take("index") ?? "FLAT"
    guard let build = Self.json(take("build")), let search = Self.json(take("search")) else {
      throw fail("'build' and 'search' are written like M:16,efConstruction:200")
    }
    (buildParameters, searchParameters) = (build, search)
    if let unknown = parameters.keys.min() { throw fail("it has no parameter '\(unknown)'") }
    if let user = components.user {
      token = components.password.map { "\(user):\($0)" } ?? user
    } else {
      token = environment["CNCLIP_MILVUS_TOKEN"]
    }
    base =
      "\(isEncrypted ? "https" : "http")://\(host):\(components.port ?? 19_530)"
      + "/milvus.proto.milvus.MilvusService/"
    self.collection = collection
    name = shown
  }

  /// `nlist:1024,refine:true,refine_type:FP16` as JSON; `nil` for what is not written so.
  private static func json(_ text: String?) -> String? {
    var members: [String] = []
    for part in (text ?? "").split(separator: ",") {
      guard let match = part.wholeMatch(of: /(\w+):([\w.]+)/) else { return nil }
      let value = match.2
      let isLiteral = value == "true" || value == "false" || Double(value) != nil
      members.append("\"\(match.1)\":" + (isLiteral ? "\(value)" : "\"\(value)\""))
    }
    return "{" + members.joined(separator: ",") + "}"
  }
}
