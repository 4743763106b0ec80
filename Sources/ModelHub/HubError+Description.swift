public import Foundation

extension HubError: CustomStringConvertible, LocalizedError {
  /// The error as one sentence.
  public var description: String {
    switch self {
    case .invalid(let what, let value, let expected):
      "'\(value)' is no \(what): expected \(expected)."
    case .unauthorized(let repository, let host, let variable, let hasToken):
      hasToken
        ? "\(host) does not accept the token for \(repository): check \(variable) or the one given, and "
          + "that the repository exists."
        : "\(host) asks who wants \(repository): the name is wrong, or the repository is private or "
          + "gated and needs a token in \(variable)."
    case .gated(let repository, let page):
      "The owners of \(repository) do not let this user see it: accept their conditions at \(page), "
        + "and use a token of the account that did."
    case .notFound(let what, let host):
      "\(host) has no \(what): check the name, the revision and the endpoint."
    case .missingFiles(let names, let repository, let revision):
      "Repository \(repository) at revision \(revision) has no \(names.joined(separator: ", no "))."
    case .serverFailed(let status, let host, _):
      "\(host) cannot answer now (status \(status)): try again later, or another endpoint."
    case .refused(let status, let url, let message):
      "\(url) was answered with status \(status)\(message.isEmpty ? "" : " (\(message))"): check the "
        + "endpoint."
    case .connection(let host, let failure, let detail):
      Self.sentence(host: host, failure: failure, detail: detail)
    case .incomplete(let file, let received, let expected, let reason):
      "\(Self.megabytes(received)) of \(Self.megabytes(expected)) MB of \(file) came, then several "
        + "attempts failed; the next attempt continues there. The last reason: \(reason)"
    case .badRedirect(let from, let reason):
      "\(from) redirects to where it must not: \(reason)."
    case .damagedListing(let url, let reason):
      "The list of files at \(url) cannot be used: \(reason); is the endpoint a hub of this layout?"
    case .wrongSize(let file, let expected, let found):
      "\(file) has \(found) bytes on the server, but \(expected) in the hub's list: is a login page "
        + "or a stale mirror in between?"
    case .wrongChecksum(let file, let algorithm, let expected, let found):
      "\(file) arrived damaged and was deleted (\(algorithm) expected \(expected), found \(found)): "
        + "download it again, or from another endpoint."
    case .diskFull(let folder, let needed, let available):
      "There is no room in \(folder): \(Self.megabytes(needed)) MB more are needed"
        + (available.map { ", \(Self.megabytes($0)) MB are free" } ?? "")
        + "; make room, or set CNCLIP_CACHE to a folder on another disk."
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)): check the folder's permissions, or set CNCLIP_CACHE."
    }
  }

  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  private static func sentence(host: String, failure: ConnectionFailure, detail: String) -> String {
    switch failure {
    case .unknownHost:
      "There is no host \(host): check the endpoint, the network and the proxy variables."
    case .cannotConnect:
      "\(host) does not answer (\(detail)): check the endpoint, the network and the proxy variables."
    case .timedOut: "\(host) has sent nothing for too long (\(detail)): try again."
    case .interrupted: "The connection to \(host) broke (\(detail)): try again."
    case .proxy:
      "The proxy on the way to \(host) does not let us through (\(detail)): check HTTPS_PROXY, "
        + "HTTP_PROXY and NO_PROXY."
    case .certificate:
      "\(host) cannot prove who it is (\(detail)): if your network opens TLS connections, name its "
        + "certificate in SSL_CERT_FILE."
    case .other: "The request to \(host) failed: \(detail)."
    }
  }

  private static func megabytes(_ bytes: Int64) -> String {
    String(format: "%.1f", Double(bytes) / 1e6)
  }
}
