import Files
internal import Foundation
internal import Web

/// Fetches the selected files of one repository, blocking; the work behind ``HubDownloader``.
struct RepositoryFetch {
  /// Bytes and pages that a listing has at most; a model repository has a few dozen files.
  private static let maximumListingSize = 1 << 24
  private static let maximumListingPages = 100

  let hub: HubDownloader
  let repository: HubRepository
  let files: FileSelection
  let checksums: [String: Checksum]
  let isRefresh: Bool
  let cancellation: Cancellation
  let onProgress: (DownloadProgress) -> Void

  func run() throws -> URL {
    let folder = hub.cache.folder(of: repository)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw HubError.cannotWrite(path: folder.path, reason: error.localizedDescription)
    }
    let lock = try HubError.wrapping {
      try FileLock(folder.appending(path: ".lock")) { try cancellation.sleep(seconds: 0.1) }
    }
    return try withExtendedLifetime(lock) { try fetchAll(to: folder) }
  }

  private func fetchAll(to folder: URL) throws -> URL {
    // Another process may have fetched everything while this one waited.
    if !isRefresh, let done = hub.cache.location(of: repository, files: files) { return done }

    let client = try HTTPClient(settings: hub.settings, cancellation: cancellation)
    let listing = try requestListing(client)
    let wanted = try choose(from: listing)
    var record = DownloadRecord(in: folder) ?? DownloadRecord(repository, listing: [])
    record.listing = listing
    let missing = wanted.filter { !record.holds($0, in: folder) }
    try checkSpace(for: missing, in: folder)

    let total = wanted.reduce(0) { $0 + $1.size }
    var received = total - missing.reduce(0) { $0 + $1.size }
    for file in missing {
      try fetch(file, to: folder, client: client) { bytes in
        onProgress(DownloadProgress(file: file.path, received: received + bytes, total: total))
      }
      received += file.size
      record.add(file)
      try record.write(to: folder)
    }
    try record.write(to: folder)
    return folder
  }

  private func fetch(
    _ file: RemoteFile, to folder: URL, client: HTTPClient, onProgress: @escaping (Int64) -> Void
  ) throws {
    let part = try PartFile(
      file, in: folder, checksum: checksums[file.path], cancellation: cancellation)
    try FileTransfer(
      file: file, url: repository.layout.fileURL(file.path, of: repository, at: hub.endpoint),
      token: hub.token, repository: repository, part: part, client: client, retry: hub.retry,
      cancellation: cancellation, onProgress: onProgress
    ).run()
  }

  private func choose(from listing: [RemoteFile]) throws -> [RemoteFile] {
    switch files.choose(from: listing) {
    case .success(let wanted):
      let total = wanted.reduce((sum: Int64(0), overflow: false)) { partial, file in
        let (sum, overflow) = partial.sum.addingReportingOverflow(file.size)
        return (sum, partial.overflow || overflow)
      }
      guard !total.overflow else {
        throw HubError.damagedListing(url: hub.endpoint.absoluteString, reason: "sizes overflow")
      }
      return wanted
    case .failure(let missing):
      throw HubError.missingFiles(
        missing.names, repository: repository.name, revision: repository.revision)
    }
  }

  /// Asks for all pages of the list of files.
  private func requestListing(_ client: HTTPClient) throws -> [RemoteFile] {
    var listing: [RemoteFile] = []
    var paths: Set<String> = []
    var next: URL? = repository.layout.listingURL(repository, at: hub.endpoint)
    for _ in 0..<Self.maximumListingPages {
      guard let url = next else { break }
      let (page, following) = try hub.retry.run(cancellation) {
        try requestListingPage(client, url)
      }
      listing += page.filter { paths.insert($0.path).inserted }
      next = following
    }
    return listing
  }

  private func requestListingPage(
    _ client: HTTPClient, _ url: URL
  ) throws -> (files: [RemoteFile], next: URL?) {
    var data = Data()
    let exchange = try client.get(url, token: hub.token) { _, bytes in
      guard data.count + bytes.count <= Self.maximumListingSize else {
        throw HubError.damagedListing(url: url.absoluteString, reason: "it is too long")
      }
      data.append(contentsOf: bytes)
    }
    guard exchange.head.status == 200 else {
      throw HubError(exchange, url: url, repository: repository, file: nil, token: hub.token)
    }
    do {
      return (try repository.layout.decodeListing(data), nextPage(exchange.head, after: url))
    } catch let error as HubLayout.DamagedListing {
      throw HubError.damagedListing(url: url.absoluteString, reason: error.reason)
    }
  }

  /// The URL of `Link: <URL>; rel="next"`, if it stays on the same server.
  private func nextPage(_ head: HTTPHead, after url: URL) -> URL? {
    guard
      let link = head["Link"]?.split(separator: ",").first(where: { $0.contains("rel=\"next\"") }),
      let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end,
      let next = URL(string: String(link[link.index(after: start)..<end]), relativeTo: url),
      next.hasOrigin(of: url)
    else { return nil }
    return next.absoluteURL
  }

  private func checkSpace(for files: [RemoteFile], in folder: URL) throws {
    let needed = files.reduce(Int64(0)) { sum, file in
      let part = folder.appending(path: file.path + ".part").path
      let attributes = try? FileManager.default.attributesOfItem(atPath: part)
      return sum + max(0, file.size - ((attributes?[.size] as? Int64) ?? 0))
    }
    var information = statvfs()
    guard statvfs(folder.path, &information) == 0 else { return }
    let (bytes, overflow) = UInt64(information.f_bavail)
      .multipliedReportingOverflow(by: UInt64(information.f_frsize))
    let available = overflow ? Int64.max : Int64(clamping: bytes)
    guard needed <= available else {
      throw HubError.diskFull(folder: folder.path, needed: needed, available: available)
    }
  }
}
