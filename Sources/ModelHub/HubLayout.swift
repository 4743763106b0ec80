internal import Foundation

/// How a hub names and lists the files of its repositories.
public enum HubLayout: String, Hashable, Sendable, Codable, CaseIterable {
  /// huggingface.co and its mirrors.
  case huggingFace = "huggingface"
  /// modelscope.cn.
  case modelScope = "modelscope"

  /// Where the hub is, unless an endpoint is given.
  var defaultEndpoint: String {
    switch self {
    case .huggingFace: "https://huggingface.co"
    case .modelScope: "https://www.modelscope.cn"
    }
  }

  /// The branch that a repository begins with.
  public var defaultRevision: String {
    switch self {
    case .huggingFace: "main"
    case .modelScope: "master"
    }
  }

  /// The variable that holds the user's token, as the hub's own tools call it.
  public var tokenVariable: String {
    switch self {
    case .huggingFace: "HF_TOKEN"
    case .modelScope: "MODELSCOPE_API_TOKEN"
    }
  }

  /// The endpoint that the environment names, as for the hub's own tools.
  func endpoint(environment: [String: String]) -> String? {
    switch self {
    case .huggingFace: environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    case .modelScope:
      environment["MODELSCOPE_DOMAIN"].flatMap { $0.isEmpty ? nil : "https://\($0)" }
    }
  }

  /// Where the first page of the list of all files is.
  func listingURL(_ repository: HubRepository, at endpoint: URL) -> URL {
    switch self {
    case .huggingFace:
      endpoint.appending(
        encoded: "api/models/\(repository.name)/tree/\(repository.encodedRevision)?recursive=true")
    case .modelScope:
      endpoint.appending(
        encoded: "api/v1/models/\(repository.name)/repo/files"
          + "?Revision=\(repository.encodedRevision)&Recursive=true")
    }
  }

  /// Where a file is.
  func fileURL(_ path: String, of repository: HubRepository, at endpoint: URL) -> URL {
    let path = path.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? path
    let revision = repository.encodedRevision
    return switch self {
    case .huggingFace:
      endpoint.appending(encoded: "\(repository.name)/resolve/\(revision)/\(path)")
    case .modelScope:
      endpoint.appending(encoded: "models/\(repository.name)/resolve/\(revision)/\(path)")
    }
  }

  /// Where a person sees the repository.
  func page(_ repository: HubRepository, at endpoint: URL) -> String {
    switch self {
    case .huggingFace: endpoint.appending(encoded: repository.name).absoluteString
    case .modelScope: endpoint.appending(encoded: "models/\(repository.name)").absoluteString
    }
  }
}

extension CharacterSet {
  /// What may stand in a path as it is (RFC 3986, section 2.3), and the separator.
  fileprivate static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
}

extension URL {
  /// The URL with a path and query that are percent-encoded already.
  fileprivate func appending(encoded suffix: String) -> URL {
    let base = absoluteString
    return URL(string: base + (base.hasSuffix("/") ? "" : "/") + suffix) ?? self
  }
}
