import CLIPSearch
import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import ServerTestSupport
import Testing

@Suite("Pictures over HTTP")
struct PictureRoutesTests {
  @Test("an uploaded picture is found, served as it was, and gone after deletion")
  func lifeCycle() async throws {
    let fixture = try await ServerFixture(empty: true)
    let bytes = try picture(red: 200, green: 0, blue: 0)
    try await fixture.test { client in
      let added = try await client.send(
        .post, "/api/v1/pictures?name=%E7%8C%AB%2F..%2F%E7%BA%A2.jpg",
        body: ByteBuffer(bytes: bytes))
      #expect(added.status == .created)
      let picture = try #require(added.json["picture"] as? [String: Any])
      let id = try #require(picture["id"] as? Int)
      #expect(picture["name"] as? String == "红.jpg")
      #expect(picture["width"] as? Int == 48)

      let again = try await client.send(.post, "/api/v1/pictures", body: ByteBuffer(bytes: bytes))
      #expect(again.status == .ok)
      #expect(again.json["created"] as? Bool == false)

      let found = try await client.post("/api/v1/search", #"{"text":"红"}"#)
      #expect(found.pictureIDs == [id])
      let original = try await client.send(.get, "/api/v1/pictures/\(id)/original")
      #expect(Data(original.body.readableBytesView) == bytes)
      #expect(original.headers[.contentType] == "image/jpeg")
      #expect(original.headers[.contentSecurityPolicy]?.contains("sandbox") == true)

      let deleted = try await client.send(.delete, "/api/v1/pictures/\(id)")
      #expect(deleted.status == .noContent)
      for path in ["", "/original", "/thumbnail", "/similar"] {
        let gone = try await client.send(.get, "/api/v1/pictures/\(id)\(path)")
        #expect(gone.status == .notFound, "\(path)")
      }
      #expect(try await client.send(.delete, "/api/v1/pictures/\(id)").status == .notFound)
    }
  }

  @Test("a thumbnail is a JPEG and is not sent twice")
  func thumbnail() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let first = try await client.send(.get, "/api/v1/pictures/1/thumbnail?side=160")
      #expect(first.headers[.contentType] == "image/jpeg")
      #expect(first.body.getBytes(at: 0, length: 2) == [0xff, 0xd8])
      let tag = try #require(first.headers[.eTag])
      let second = try await client.send(
        .get, "/api/v1/pictures/1/thumbnail?side=160", headers: [.ifNoneMatch: tag])
      #expect(second.status == .notModified)
      for side in ["0", "abc", "99999"] {
        let answer = try await client.send(.get, "/api/v1/pictures/1/thumbnail?side=\(side)")
        #expect(answer.status == .badRequest)
      }
    }
  }

  @Test("the list has the last added first")
  func list() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let all = try await client.send(.get, "/api/v1/pictures?limit=2")
      #expect(all.pictureIDs == [3, 2])
      #expect(all.json["nextOffset"] as? Int == 2)
      let rest = try await client.send(.get, "/api/v1/pictures?limit=2&offset=2")
      #expect(rest.pictureIDs == [1])
      #expect(rest.json["nextOffset"] == nil)
    }
  }

  @Test("what is no picture is refused and leaves nothing behind")
  func refusals() async throws {
    let fixture = try await ServerFixture(empty: true) { $0.limits.bodyBytes = 5_000 }
    var truncated = try picture(red: 1, green: 2, blue: 3, width: 200, height: 200)
    truncated = truncated.prefix(truncated.count / 3)
    let bodies: [(Data, HTTPResponse.Status)] = [
      (Data(), .badRequest), (Data("hello".utf8), .unsupportedMediaType),
      (Data(truncated), .unsupportedMediaType), (Data(count: 5_001), .contentTooLarge),
      (Data("GIF89a".utf8) + Data([0xff, 0xff, 0xff, 0xff, 0, 0, 0]), .unsupportedMediaType),
    ]
    try await fixture.test { client in
      for (body, status) in bodies {
        let answer = try await client.send(
          .post, "/api/v1/pictures?name=x.jpg", body: ByteBuffer(bytes: body))
        #expect(answer.status == status, "\(body.count) bytes: \(answer.problem)")
        #expect(!answer.problem.isEmpty)
      }
      let form = try await client.send(
        .post, "/api/v1/pictures", headers: [.contentType: "multipart/form-data; boundary=x"],
        body: ByteBuffer(string: "--x"))
      #expect(form.status == .badRequest)
      #expect(form.problem.contains("--data-binary"))
    }
    #expect(try await fixture.library.statistics().pictures == 0)
  }

  @Test("adding and deleting can be switched off")
  func switchedOff() async throws {
    let fixture = try await ServerFixture {
      $0.allowsUpload = false
      $0.allowsDelete = false
    }
    try await fixture.test { client in
      let upload = try await client.send(
        .post, "/api/v1/pictures", body: ByteBuffer(bytes: [1, 2, 3]))
      #expect(upload.status == .forbidden)
      #expect(try await client.send(.delete, "/api/v1/pictures/1").status == .forbidden)
      #expect(try await client.send(.get, "/api/v1/pictures/1").status == .ok)
    }
  }

  @Test("a file that was replaced by a link is not served")
  func link() async throws {
    let fixture = try await ServerFixture()
    let indexed = try await fixture.library.picture(1)
    let path = try #require(indexed).path
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
    try await fixture.test { client in
      let answer = try await client.send(.get, "/api/v1/pictures/1/original")
      #expect(answer.status == .notFound)
      #expect(!answer.problem.contains(path))
    }
  }

  @Test("a catalogue that names files of this machine does not make the server hand them out")
  func foreignCatalogue() async throws {
    let fixture = try await ServerFixture(empty: true)
    let elsewhere = fixture.folder.appendingPathExtension("elsewhere")
    try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: elsewhere) }
    let secret = elsewhere.appendingPathComponent("secret.jpg")
    try picture(red: 9, green: 9, blue: 9).write(to: secret)
    let text = fixture.folder.appendingPathComponent("pictures/notes.jpg")
    try FileManager.default.createDirectory(
      at: text.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("not a picture".utf8).write(to: text)
    let up = fixture.folder.path + "/pictures/../../\(elsewhere.lastPathComponent)/secret.jpg"
    let paths = [
      "/etc/passwd", up, "/proc/self/environ", "/dev/zero", secret.path, text.path,
      "https://example.org/a.jpg", fixture.folder.path + "/library.sqlite",
    ]
    let ids = try await fixture.library.importPictures(
      paths.map { ImportedPicture(path: $0, vector: [1, 0, 0, 0, 0, 0, 0, 0]) })
    try await fixture.test { client in
      for (id, path) in zip(ids, paths) {
        for part in ["original", "thumbnail"] {
          let answer = try await client.send(.get, "/api/v1/pictures/\(id)/\(part)")
          #expect(answer.status == .notFound, "\(path), \(part)")
          #expect(!answer.problem.contains(path))
        }
      }
      let hits = try await client.post(
        "/knn-service", #"{"text":"x","modality":"image","num_images":10}"#)
      #expect(hits.status == .ok)
      #expect(!hits.text.contains(#""image":"#), "no thumbnail of them either")
    }
  }

  @Test("indexed folders are served, also through a link to them, but not when they become one")
  func replacedFolder() async throws {
    let fixture = try await ServerFixture(empty: true)
    let home = fixture.folder.appendingPathExtension("home")
    defer { try? FileManager.default.removeItem(at: home) }
    let real = home.appendingPathComponent("disk/album")
    try FileManager.default.createDirectory(at: real, withIntermediateDirectories: true)
    let bytes = try picture(red: 200, green: 10, blue: 10)
    try bytes.write(to: real.appendingPathComponent("a.jpg"))
    let link = home.appendingPathComponent("album")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
    let inside = home.appendingPathComponent("holiday/2024")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    try bytes.write(to: inside.appendingPathComponent("b.jpg"))
    let other = home.appendingPathComponent("private")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    try bytes.write(to: other.appendingPathComponent("b.jpg"))
    _ = try await Indexer(fixture.library).run([
      link.path + "/a.jpg", home.appendingPathComponent("holiday").path,
    ])
    try await fixture.test { client in
      for id in [1, 2] {
        let answer = try await client.send(.get, "/api/v1/pictures/\(id)/original")
        #expect(answer.status == .ok)
        #expect(Data(answer.body.readableBytesView) == bytes)
      }
      try FileManager.default.removeItem(at: inside)
      try FileManager.default.createSymbolicLink(at: inside, withDestinationURL: other)
      let swapped = try await client.send(.get, "/api/v1/pictures/2/original")
      #expect(swapped.status == .notFound)
    }
  }

  @Test(
    "no path of an address reaches the file system",
    arguments: [
      "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
      "/api/v1/pictures/..%2f..%2fetc%2fpasswd/original", "/api/v1/pictures/0/original",
      "/api/v1/pictures/-1/original", "/api/v1/pictures/9223372036854775808/original",
      "/Resources/openapi.json", "/page/index.html", "/.git/config",
    ])
  func traversal(path: String) async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let answer = try await client.send(.get, path)
      #expect(answer.status == .notFound)
    }
  }
}
