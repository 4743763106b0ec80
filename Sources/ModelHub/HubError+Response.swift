internal import Foundation
internal import Web

extension HubError {
  /// The error that a response without success means; `file` is nil for the listing.
  init(
    _ exchange: HTTPExchange, url: URL, repository: HubRepository, file: String?, token: String?
  ) {
    let head = exchange.head
    let host = url.hostAndPort
    // Hugging Face says why in two header fields.
    let message = exchange.firstField("X-Error-Message")?.prefix(300).description ?? ""
    let page = repository.layout.page(repository, at: url.origin)
    self =
      switch head.status {
      case _ where exchange.firstField("X-Error-Code") == "GatedRepo" && token != nil:
        .gated(repository: repository.name, page: page)
      case 401:
        .unauthorized(
          repository: repository.name, host: host,
          tokenVariable: repository.layout.tokenVariable, hasToken: token != nil)
      case 403: .gated(repository: repository.name, page: page)
      case 404:
        .notFound(
          what: (file.map { "file \($0) in " } ?? "")
            + "repository \(repository.name) at revision \(repository.revision)", host: host)
      case 408, 429, 500...599:
        .serverFailed(status: head.status, host: host, retryAfter: head.retryAfter)
      default: .refused(status: head.status, url: url.absoluteString, message: message)
      }
  }
}
