import CLIPServer
import Foundation
import HTTPTypes
import ServerTestSupport
import Synchronization
import Testing

@Suite("Searching over HTTP")
struct SearchRoutesTests {
  @Test("a text finds the picture that it describes, from the address and from JSON")
  func text() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let get = try await client.send(.get, "/api/v1/search?q=%E7%BB%BF%E8%89%B2&limit=2")
      #expect(get.status == .ok)
      #expect(get.pictureIDs.count == 2)
      #expect(get.pictureIDs.first == 2)
      #expect(get.json["total"] as? Int == 3)
      #expect(get.json["nextOffset"] as? Int == 2)
      let post = try await client.post("/api/v1/search", #"{"text":"蓝色的海"}"#)
      #expect(post.pictureIDs.first == 3)
      #expect(post.json["nextOffset"] == nil)
      let hit = try #require((post.json["hits"] as? [[String: Any]])?.first)
      #expect(hit["probability"] is Double)
      #expect((hit["picture"] as? [String: Any])?["name"] as? String == "蓝.jpg")
      #expect("\(hit)".contains(fixture.folder.path) == false, "no path of this machine")
    }
  }

  @Test("a minus term moves its pictures down")
  func minus() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let answer = try await client.post(
        "/api/v1/search", #"{"text":"红绿","minus":[{"text":"红","weight":1}]}"#)
      #expect(answer.pictureIDs.first == 2)
      #expect(answer.pictureIDs.last == 1)
    }
  }

  @Test("a picture finds its like, as base64, as a data address and by number")
  func pictures() async throws {
    let fixture = try await ServerFixture()
    let base64 = try picture(red: 10, green: 20, blue: 240).base64EncodedString()
    try await fixture.test { client in
      for image in [base64, "data:image/jpeg;base64," + base64] {
        let answer = try await client.post("/api/v1/search", #"{"image":"\#(image)"}"#)
        #expect(answer.pictureIDs.first == 3)
      }
      let similar = try await client.send(.get, "/api/v1/pictures/1/similar")
      #expect(similar.status == .ok)
      #expect(Set(similar.pictureIDs) == [2, 3], "the picture itself is left out")
    }
  }

  @Test("pages follow each other without gaps and folders filter")
  func paging() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let first = try await client.post("/api/v1/search", #"{"text":"红","limit":2}"#)
      let second = try await client.post("/api/v1/search", #"{"text":"红","limit":2,"offset":2}"#)
      #expect(Set(first.pictureIDs + second.pictureIDs) == [1, 2, 3])
      let facets = try await client.send(.get, "/api/v1/facets")
      #expect(facets.text.contains(#""folder":"pictures""#))
      let inside = try await client.post("/api/v1/search", #"{"text":"红","folder":"pictures"}"#)
      #expect(inside.pictureIDs.count == 3)
      let outside = try await client.post("/api/v1/search", #"{"text":"红","folder":"anders"}"#)
      #expect(outside.status == .ok)
      #expect(outside.pictureIDs.isEmpty)
    }
  }

  @Test("an empty library answers with an empty page, not with an error")
  func empty() async throws {
    let fixture = try await ServerFixture(empty: true)
    try await fixture.test { client in
      let answer = try await client.post("/api/v1/search", #"{"text":"红"}"#)
      #expect(answer.status == .ok)
      #expect(answer.json["total"] as? Int == 0)
      let knn = try await client.post(
        "/knn-service", #"{"text":"红","modality":"image","num_images":3,"indice_name":null}"#)
      #expect(knn.status == .ok)
      #expect(knn.jsonArray.isEmpty)
    }
  }

  @Test(
    "what makes no sense is a 400 with a sentence",
    arguments: [
      (#"{"#, "JSON"), (#"[]"#, "object"), (#"{"text":5}"#, "'text'"), (#"{}"#, "needs"),
      (#"{"text":"红","limit":0}"#, "limit"), (#"{"text":"红","limit":501}"#, "limit"),
      (#"{"text":"红","offset":-1}"#, "offset"), (#"{"text":"  "}"#, "needs"),
      (#"{"text":"红","where":"nonsense >"}"#, "filter"),
      (#"{"text":"红","where":"size > 1) or (size < 1"}"#, "filter"),
      (#"{"image":"%%%"}"#, "base64"), (#"{"image":"data:image/png,abc"}"#, "data address"),
      (#"{"vector":[1,2]}"#, "8 numbers"), (#"{"vector":[1,2,3,4,5,6,7,8,9]}"#, "8 numbers"),
      (#"{"text":"红","minus":[{"text":"绿","weight":1e30}]}"#, "weight"),
    ])
  func invalid(body: String, part: String) async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let answer = try await client.post("/api/v1/search", body)
      #expect(answer.status == .badRequest)
      #expect(answer.problem.lowercased().contains(part.lowercased()), "\(answer.problem)")
    }
  }

  @Test("bytes that are no picture are a 415, an unknown picture is a 404")
  func unreadable() async throws {
    let fixture = try await ServerFixture()
    let garbage = Data("not a picture at all".utf8).base64EncodedString()
    try await fixture.test { client in
      let picture = try await client.post("/api/v1/search", #"{"image":"\#(garbage)"}"#)
      #expect(picture.status == .unsupportedMediaType)
      let unknown = try await client.post("/api/v1/search", #"{"picture":99}"#)
      #expect(unknown.status == .notFound)
    }
  }

  @Test("addresses of pictures are refused unless switched on, and private ones always")
  func addresses() async throws {
    let closed = try await ServerFixture()
    try await closed.test { client in
      let answer = try await client.post(
        "/api/v1/search", #"{"image_url":"https://example.org/a.jpg"}"#)
      #expect(answer.status == .forbidden)
      #expect(answer.problem.contains("does not fetch pictures"))
    }
    let open = try await ServerFixture { $0.fetchesPictures = true }
    try await open.test { client in
      for address in [
        "http://127.0.0.1/a.jpg", "http://localhost/a.jpg", "http://[::1]/", "http://0/",
      ] {
        let answer = try await client.post("/api/v1/search", #"{"image_url":"\#(address)"}"#)
        #expect(answer.status == .badRequest, "\(address)")
      }
    }
  }

  @Test("the same text asked again does not reach the model")
  func cache() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      _ = try await client.post("/api/v1/search", #"{"text":"红"}"#)
      let before = fixture.model.embeddedTexts.withLock(\.self)
      for _ in 0..<5 { _ = try await client.post("/api/v1/search", #"{"text":"红"}"#) }
      #expect(fixture.model.embeddedTexts.withLock(\.self) == before)
    }
  }
}
