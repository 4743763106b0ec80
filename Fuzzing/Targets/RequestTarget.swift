import CLIPSearch
import CLIPServer
import Foundation
import HTTPTypes
import Logging
import NIOCore
import ServerTestSupport

/// A server without a socket over a small library; requests come as text: `POST /path`, header
/// lines, an empty line and the body.
struct RequestTarget: Sendable {
  static let shared = Result { try RequestTarget() }

  private let library: PictureLibrary
  private let client: RouterClient

  private init() throws {
    let folder = ScratchFolder.path("server").path
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    (library, client) = try waiting {
      let library = try await PictureLibrary.open(at: folder + "/library", creating: true)
      var logger = Logger(label: "fuzz")
      logger.logLevel = .critical
      let server = try await PictureServer(library: library, model: ColorModel(), logger: logger)
      _ = try await library.add(picture(red: 200, green: 9, blue: 9), named: "红.jpg", caption: "红色")
      return (library, try await RouterClient(server.application()))
    }
  }

  /// Sends a request; the server answers with a sentence and never with a failure of its own.
  func send(_ bytes: UnsafeRawBufferPointer) throws {
    let lines = bytes.split(separator: 0x0A, maxSplits: 16, omittingEmptySubsequences: false)
    guard let first = lines.first else { return }
    let words = String(decoding: first, as: UTF8.self).split(separator: " ", maxSplits: 1)
    guard words.count == 2, let method = HTTPRequest.Method(String(words[0])) else { return }
    var headers = HTTPFields()
    var position = first.endIndex + 1
    for line in lines.dropFirst() {
      position = line.endIndex + 1
      guard !line.isEmpty else { break }
      let parts = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
      if parts.count == 2, let name = HTTPField.Name(String(parts[0])) {
        headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    let body = ByteBuffer(bytes: bytes[min(position, bytes.count)...])
    let (path, fields) = (String(words[1]), headers)
    try waiting { [client, library] in
      let answer = try await client.send(method, path, headers: fields, body: body)
      FuzzTarget.expect(
        answer.status.code < 500 || answer.status.code == 503, "\(answer.status): \(answer.text)")
      if answer.status.code == 201 {
        let pictures = try await library.pictures(where: nil, limit: 100)
        _ = try await library.delete(pictures.map(\.id).filter { $0 != 1 })
      }
    }
  }
}
