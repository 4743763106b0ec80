internal import Foundation
internal import Web

/// Fetches one file: continues what is there, repeats what fails by accident, verifies the whole.
struct FileTransfer {
  let file: RemoteFile
  let url: URL
  let token: String?
  let repository: HubRepository
  let part: PartFile
  let client: HTTPClient
  let retry: RetryPolicy
  let cancellation: Cancellation
  /// Takes the bytes that are there of this file.
  let onProgress: (Int64) -> Void

  /// - Throws: ``HubError``; `CancellationError`. A part that can be continued stays.
  func run() throws {
    onProgress(part.length)
    do {
      try retry.run(cancellation, position: part.length) {
        if !part.isComplete { try request() }
      }
    } catch let error as HubError where error.isTransient && part.length > 0 {
      throw HubError.incomplete(
        file: file.path, received: part.length, expected: file.size, reason: error.description)
    }
    try part.finish()
  }

  private func request() throws {
    var headers: [String: String] = [:]
    if part.length > 0 {
      headers["Range"] = "bytes=\(part.length)-"
      headers["If-Range"] = part.entityTag
    }
    var isAccepted = false
    let exchange = try client.get(url, headers: headers, token: token) { exchange, bytes in
      if !isAccepted { try accept(exchange) }
      isAccepted = true
      try part.append(bytes)
      onProgress(part.length)
    }
    if exchange.head.status == 416 {
      try startOver(because: "the server has no bytes after those that are here")
    }
    guard exchange.head.isSuccess else {
      throw HubError(exchange, url: url, repository: repository, file: file.path, token: token)
    }
    if !isAccepted { try accept(exchange) }
    guard part.isComplete else {
      // The server holds the response for complete: more of it will not come.
      let found = part.length
      part.discard()
      throw HubError.wrongSize(file: file.path, expected: file.size, found: found)
    }
  }

  /// Decides from the head of a response where its body belongs.
  private func accept(_ exchange: HTTPExchange) throws {
    let head = exchange.head
    guard head.status == 206 else {
      // The whole, because all was asked for, or the file has changed, or ranges are not served.
      if let length = head.contentLength, length != file.size {
        throw HubError.wrongSize(file: file.path, expected: file.size, found: length)
      }
      return try part.restart(entityTag: head.strongEntityTag)
    }
    guard let range = head.contentRange, range.start == part.length, part.length > 0 else {
      return try startOver(because: "the server sent another range than was asked for")
    }
    if let total = range.total, total != file.size {
      part.discard()
      throw HubError.wrongSize(file: file.path, expected: file.size, found: total)
    }
    if let old = part.entityTag, let new = head.strongEntityTag, old != new {
      try startOver(because: "the file has changed on the server")
    }
  }

  private func startOver(because reason: String) throws {
    part.discard()
    throw HubError.connection(host: url.hostAndPort, failure: .interrupted, detail: reason)
  }
}
