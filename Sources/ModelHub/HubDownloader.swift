public import Foundation

/// Fetches files of model repositories from Hugging Face, ModelScope or a mirror into a cache.
///
/// A file that is in the cache is not asked for again. An interrupted download continues where it
/// stopped, also in another process. Nothing gets its name before its checksum holds.
public struct HubDownloader: Sendable {
  /// Where the hub is.
  public let endpoint: URL
  /// How the hub names and lists files.
  public let layout: HubLayout
  /// Where files go.
  public let cache: ModelCache
  /// How often a request that failed by accident is repeated.
  public var retry = RetryPolicy()
  /// The user's token, sent to the endpoint's origin only.
  let token: String?
  var settings: HTTPSettings

  /// Seconds that a connection may bring nothing before it counts as dropped.
  public var stallSeconds: Int {
    get { settings.stallSeconds }
    set { settings.stallSeconds = newValue }
  }

  /// A downloader.
  ///
  /// - Parameters:
  ///   - endpoint: the address of a mirror; by default `HF_ENDPOINT` (`MODELSCOPE_DOMAIN`), or the
  ///     hub's own.
  ///   - layout: how the hub names and lists files.
  ///   - token: for repositories that ask for one; by default `HF_TOKEN` (`MODELSCOPE_API_TOKEN`).
  ///   - cache: where files go; by default `CNCLIP_CACHE` or `~/.cache/cnclip`.
  ///   - environment: the variables named here; `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
  ///     `NO_PROXY` in either case; and `SSL_CERT_FILE` or `CURL_CA_BUNDLE`, a file with the
  ///     certificate authorities to trust.
  /// - Throws: ``HubError/invalid(what:value:expected:)`` for an endpoint that is no web address.
  public init(
    endpoint: String? = nil, layout: HubLayout = .huggingFace, token: String? = nil,
    cache: ModelCache? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(HubError) {
    let text = endpoint ?? layout.endpoint(environment: environment) ?? layout.defaultEndpoint
    guard
      let url = URL(string: text), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme), url.host?.isEmpty == false, url.user == nil,
      url.query == nil, url.fragment == nil
    else {
      throw .invalid(what: "endpoint", value: text, expected: "an address like https://host/path")
    }
    self.endpoint = url
    self.layout = layout
    self.token = token ?? environment[layout.tokenVariable].flatMap { $0.isEmpty ? nil : $0 }
    self.cache = cache ?? ModelCache(environment: environment)
    settings = HTTPSettings(environment: environment)
  }

  /// Fetches files into the cache, unless they are there.
  ///
  /// Two processes that want the same repository take turns. Cancelling the task stops the download
  /// and keeps what has come.
  ///
  /// - Parameters:
  ///   - repository: `organisation/name`.
  ///   - files: which files; all go to one folder.
  ///   - revision: a branch, tag or commit; the hub's main branch if absent.
  ///   - checksums: what files must hash to beside what the hub says, by path.
  ///   - refresh: asks the hub again, and fetches what has changed there.
  ///   - onProgress: called on another thread, up to some thousand times a second.
  /// - Returns: the folder with the files.
  /// - Throws: ``HubError``; `CancellationError`.
  public func fetch(
    repository: String, files: FileSelection, revision: String? = nil,
    checksums: [String: Checksum] = [:], refresh: Bool = false,
    onProgress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
  ) async throws -> URL {
    let repository = try HubRepository(repository, layout: layout, revision: revision)
    for (path, checksum) in checksums where checksum.validated == nil {
      throw HubError.invalid(
        what: "\(checksum.algorithm) of \(path)", value: checksum.digest,
        expected: "a digest in hexadecimal")
    }
    if !refresh, let folder = cache.location(of: repository, files: files) { return folder }
    return try await Cancellation.runBlocking { cancellation in
      try RepositoryFetch(
        hub: self, repository: repository, files: files,
        checksums: checksums.compactMapValues(\.validated), isRefresh: refresh,
        cancellation: cancellation, onProgress: onProgress
      ).run()
    }
  }
}
