import Foundation
import ModelHub
import TestSupport
import Testing

/// `Fixtures/server.py` in a process of its own, and an empty cache; both go with this object.
final class HubServer: @unchecked Sendable {
  /// A request that the server saw.
  struct Request: Decodable {
    let method: String
    let path: String
    let range: String?
    let ifRange: String?
    let host: String?
    let authorization: String?
  }

  static let weights = "model.pt"
  static let weightsSize = 3_000_000
  static let weightsSHA256 =
    "3b7315f1a8f1c89abca4d4c1f99107afd69eb3837472270db41638954f4fe0b1"
  static let weightsMD5 = "131ffec13868757d37f329ef82327c3e"

  let port: Int
  let folder: URL
  private let process = Process()
  /// Ends with this process, however that ends, and the server with it.
  private let input = Pipe()
  private let log: URL
  private let scheme: String

  /// Starts the server; with a certificate and its key it speaks TLS.
  init(certificate: (certificate: URL, key: URL)? = nil) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "hub-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    log = folder.appending(path: "log.jsonl")
    scheme = certificate == nil ? "http" : "https"
    let script = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appending(path: "server.py")
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["python3", script.path, log.path]
      + (certificate.map { [$0.certificate.path, $0.key.path] } ?? [])
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(at: folder)
  }

  func stop() {
    guard process.isRunning else { return }
    // A test's thread may block SIGTERM, and then so does what it starts.
    kill(process.processIdentifier, SIGKILL)
    process.waitWithoutRunLoop()
  }

  var endpoint: String { "\(scheme)://127.0.0.1:\(port)" }
  var cache: ModelCache { ModelCache(folder: folder.appending(path: "cache")) }

  var requests: [Request] {
    get throws {
      guard let data = try? Data(contentsOf: log) else { return [] }
      return try data.split(separator: 0x0A).map {
        try JSONDecoder().decode(Request.self, from: $0)
      }
    }
  }

  /// The requests for the weights, in order.
  var weightRequests: [Request] {
    get throws { try requests.filter { $0.path.hasSuffix(Self.weights) } }
  }

  /// A downloader of this server that does not wait long.
  func downloader(
    layout: HubLayout = .huggingFace, token: String? = nil, environment: [String: String] = [:]
  ) throws -> HubDownloader {
    var downloader = try HubDownloader(
      endpoint: endpoint, layout: layout, token: token, cache: cache, environment: environment)
    downloader.retry = RetryPolicy(attempts: 3, firstDelay: 0.01)
    return downloader
  }

  /// SHA-256 of a fetched file, in hexadecimal.
  static func digest(_ folder: URL, _ file: String = weights) throws -> String {
    let digest = MessageDigest(.sha256)
    try Data(contentsOf: folder.appending(path: file)).withUnsafeBytes { digest.update($0) }
    return digest.finalize()
  }

  /// Names of the files below the folder of a repository, lock and record left out.
  func files(of repository: String) throws -> [String] {
    let folder = cache.folder(of: try HubRepository(repository))
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (all ?? []).filter { ![".lock", ".cnclip.json"].contains($0) }.sorted()
  }
}
