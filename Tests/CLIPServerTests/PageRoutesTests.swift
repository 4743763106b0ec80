import Foundation
import HTTPTypes
import Hummingbird
import ServerTestSupport
import Testing

@Suite("The page and the description of the API")
struct PageRoutesTests {
  @Test("every file that the page names is served, and nothing from outside is named")
  func files() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      var waiting = ["/"]
      var seen: Set<String> = []
      while let path = waiting.popLast() {
        guard seen.insert(path).inserted else { continue }
        let answer = try await client.send(.get, path)
        #expect(answer.status == .ok, "\(path)")
        let text = answer.text
        for match in text.matches(
          of: /(?:from|src=|href=) ?"(?:\.\/)?([\w.-]+\.(?:js|css|svg|webmanifest))"/)
        {
          waiting.append("/" + String(match.1))
        }
        let outside = text.matches(of: /https?:\/\/[\w.]+/).map { String($0.0) }
          .filter { $0 != "http://www.w3.org" }
        #expect(outside.isEmpty, "\(path) names \(outside)")
      }
      #expect(seen.count > 10)
    }
  }

  @Test("a file that has not changed is not sent again")
  func tags() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let first = try await client.send(.get, "/style.css")
      let tag = try #require(first.headers[.eTag])
      let again = try await client.send(.get, "/style.css", headers: [.ifNoneMatch: tag])
      #expect(again.status == .notModified)
      #expect(again.body.readableBytes == 0)
    }
  }

  @Test("every operation that OpenAPI describes exists, and refuses other methods")
  func operations() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let document = try await client.send(.get, "/api/v1/openapi.json").json
      let paths = try #require(document["paths"] as? [String: [String: Any]])
      #expect(paths.count > 20)
      for (path, operations) in paths {
        let methods = Set(operations.keys.map { $0.uppercased() })
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"]
        where !methods.contains(method) {
          let answer = try await client.send(
            HTTPRequest.Method(rawValue: method)!, path.replacing("{id}", with: "1"))
          #expect(answer.status == .methodNotAllowed, "\(method) \(path)")
          let allowed = Set(try #require(answer.headers[.allow]).split(separator: ", "))
          #expect(methods.subtracting(["PARAMETERS"]).isSubset(of: allowed.map(String.init)))
        }
        for method in operations.keys where method != "parameters" {
          let address = path.replacing("{id}", with: "1")
          let answer = try await client.send(
            HTTPRequest.Method(rawValue: method.uppercased())!, address,
            body: method == "post" ? ByteBuffer(string: "{}") : nil)
          #expect(!answer.problem.contains("nothing at this address"), "\(method) \(path)")
          #expect(answer.status.code < 500, "\(method) \(path)")
          let documented = try #require(
            (operations[method] as? [String: Any])?["responses"] as? [String: Any])
          #expect(documented["\(answer.status.code)"] != nil, "\(method) \(path): \(answer.status)")
        }
      }
    }
  }

  @Test("where nothing is there is a 404 for every method")
  func nothing() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      for method in [.get, .post, .put, .delete, .patch] as [HTTPRequest.Method] {
        for path in ["/nothing", "/api/v1/nothing", "/api/v1/pictures/1/nothing"] {
          let answer = try await client.send(method, path)
          #expect(answer.status == .notFound, "\(method) \(path)")
        }
      }
    }
  }

  @Test("answers have the keys that OpenAPI requires")
  func schemas() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let document = try await client.send(.get, "/api/v1/openapi.json").json
      let schemas = try #require(
        (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
      func check(_ name: String, _ value: [String: Any]) throws {
        let schema = try #require(schemas[name])
        let required = schema["required"] as? [String] ?? []
        let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
        for key in required { #expect(value[key] != nil, "\(name).\(key) is missing") }
        #expect(Set(value.keys).subtracting(known).isEmpty, "\(name) has undocumented keys")
      }
      try check("Status", try await client.send(.get, "/api/v1/status").json)
      try check("Facets", try await client.send(.get, "/api/v1/facets").json)
      try check("Picture", try await client.send(.get, "/api/v1/pictures/1").json)
      let page = try await client.post("/api/v1/search", #"{"text":"红"}"#).json
      try check("Page", page)
      try check("Hit", #require((page["hits"] as? [[String: Any]])?.first))
      try check("Error", try await client.post("/api/v1/search", "{}").json)
      let sorted = try await client.post("/api/v1/sort", #"{"labels":["红","蓝"]}"#).json
      try check("Sorted", sorted)
      try check("Embedded", try await client.post("/api/v1/embed", #"{"texts":["红"]}"#).json)
    }
  }

  @Test("metrics carry clip-retrieval's names and count requests without their contents")
  func metrics() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      _ = try await client.post(
        "/knn-service", #"{"text":"秘密","modality":"image","num_images":1}"#)
      let text = try await client.send(.get, "/metrics").text
      for name in [
        "full_knn_request_time", "download_time", "text_clip_inference_time",
        "image_clip_inference_time", "metadata_get_time", "knn_index_time", "dedup_time",
        "safety_time", "image_prepro_time", "text_prepro_time",
      ] {
        for part in ["_bucket{le=\"+Inf\"}", "_sum", "_count"] {
          #expect(text.contains(name + part), "\(name + part)")
        }
      }
      #expect(text.contains("full_knn_request_time_count 1"))
      #expect(text.contains(#"endpoint="/knn-service",method="POST",status="200""#))
      #expect(!text.contains("秘密"))
      let summary = try await client.send(.get, "/metrics-summary").text
      #expect(summary.contains("full_knn_request_time: count 1"))
    }
  }
}
