import Foundation
import HTTPTypes
import ServerTestSupport
import Testing

@Suite("Protocols of other programs")
struct ProtocolTests {
  @Test("clip-retrieval: ranked hits, metadata only for the first ones, whatever the content type")
  func search() async throws {
    let fixture = try await ServerFixture()
    let body = #"""
      {"text":"绿色","image":null,"image_url":null,"embedding_input":null,"modality":"image",
       "num_images":1,"num_result_ids":3,"indice_name":null,"use_mclip":false,"deduplicate":true,
       "use_safety_model":true,"use_violence_detector":true,"aesthetic_score":9,
       "aesthetic_weight":0.5}
      """#
    try await fixture.test { client in
      for path in ["/knn-service", "//knn-service"] {
        let answer = try await client.post(path, body, headers: [.contentType: "text/plain"])
        #expect(answer.status == .ok)
        let hits = answer.jsonArray.compactMap { $0 as? [String: Any] }
        #expect(hits.map { $0["id"] as? Int }.first == 2)
        #expect(hits.count == 3)
        #expect(hits[0]["caption"] as? String == "绿色")
        #expect((hits[0]["url"] as? String)?.hasSuffix("/api/v1/pictures/2/original") == true)
        #expect((hits[0]["image"] as? String)?.hasPrefix("/9j/") == true, "a JPEG as base64")
        #expect(Set(hits[1].keys) == ["id", "similarity"])
        let similarities = hits.compactMap { $0["similarity"] as? Double }
        #expect(similarities == similarities.sorted(by: >))
      }
    }
  }

  @Test("clip-retrieval: an embedding is not normalised, so similarity is an inner product")
  func embedding() async throws {
    let fixture = try await ServerFixture()
    @Sendable func body(_ scale: Double) -> String {
      #"{"embedding_input":[\#(scale),0,0,0,0,0,0,0],"modality":"image","num_images":1}"#
    }
    try await fixture.test { client in
      let one = try await client.post("/knn-service", body(1)).jsonArray.first as? [String: Any]
      let two = try await client.post("/knn-service", body(2)).jsonArray.first as? [String: Any]
      let first = try #require(one?["similarity"] as? Double)
      let second = try #require(two?["similarity"] as? Double)
      #expect(one?["id"] as? Int == 1)
      #expect(abs(second - 2 * first) < 1e-5)
    }
  }

  @Test("clip-retrieval: metadata, indices, configuration, errors")
  func metadata() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let some = try await client.post("/metadata", #"{"ids":[3,99,1],"indice_name":"pictures"}"#)
      #expect(some.jsonArray.compactMap { ($0 as? [String: Any])?["id"] as? Int } == [3, 1])
      let none = try await client.post("/metadata", #"{"ids":[],"indice_name":"pictures"}"#)
      #expect(none.status == .ok)
      #expect(none.jsonArray.isEmpty)
      #expect(try await client.send(.get, "/indices-list").jsonArray as? [String] == ["pictures"])
      let configuration = try await client.send(.get, "/config.json").json
      #expect(configuration["defaultBackend"] as? String == "http://localhost/")
      #expect(configuration["urlColumn"] as? String == "url")
      let index = try await client.post(
        "/knn-service", #"{"text":"x","modality":"image","num_images":1,"indice_name":"laion"}"#)
      #expect(index.status == .badRequest)
      #expect((index.json["message"] as? String)?.contains("laion") == true)
      let huge = try await client.post(
        "/knn-service", #"{"text":"x","modality":"image","num_images":1,"num_result_ids":9999999}"#)
      #expect(huge.status == .badRequest)
    }
  }

  @Test("clip-retrieval: captions are searched with modality text")
  func captions() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let answer = try await client.post(
        "/knn-service", #"{"text":"蓝","modality":"text","num_images":1}"#)
      #expect((answer.jsonArray.first as? [String: Any])?["id"] as? Int == 3)
    }
  }

  @Test("OpenAI: one text, many inputs, pictures, and base64 that equals the numbers")
  func embeddings() async throws {
    let fixture = try await ServerFixture()
    let image =
      "data:image/jpeg;base64,"
      + (try picture(red: 0, green: 255, blue: 0).base64EncodedString())
    try await fixture.test { client in
      let one = try await client.post("/v1/embeddings", #"{"input":"红色","model":"x"}"#)
      #expect(one.json["object"] as? String == "list")
      let entry = try #require((one.json["data"] as? [[String: Any]])?.first)
      let numbers = try #require(entry["embedding"] as? [Double])
      #expect(numbers.count == 8)
      #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)

      let many = try await client.post(
        "/v1/embeddings",
        #"{"input":["绿色","\#(image)",{"image":"\#(image)"},{"text":"绿色"}],"encoding_format":"base64"}"#
      )
      let data = try #require(many.json["data"] as? [[String: Any]])
      #expect(data.compactMap { $0["index"] as? Int } == [0, 1, 2, 3])
      let vectors = try data.map { entry in
        let text = try #require(entry["embedding"] as? String)
        let bytes = try #require(Data(base64Encoded: text))
        return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      }
      #expect(vectors.allSatisfy { $0.count == 8 })
      #expect(vectors[1] == vectors[2])
      #expect(vectors[0] == vectors[3])
      #expect(vectors[1][1] > 0.9, "green")

      for body in [
        #"{"input":[]}"#, #"{"input":[1,2,3]}"#, #"{"input":"x","encoding_format":"hex"}"#,
        #"{"input":"x","dimensions":3}"#, #"{}"#,
      ] {
        #expect(try await client.post("/v1/embeddings", body).status == .badRequest, "\(body)")
      }
      for body in [#"{"input":[[57668,53901]]}"#, #"{"input":[57668,53901]}"#] {
        let tokens = try await client.post("/v1/embeddings", body)
        #expect(tokens.status == .badRequest)
        #expect(tokens.problem.contains("check_embedding_ctx_length=False"), "\(tokens.problem)")
      }
      let models = try await client.send(.get, "/v1/models").json["data"] as? [[String: Any]]
      #expect(models?.first?["id"] as? String == "colours")
    }
  }

  @Test("half of a surrogate pair is read as U+FFFD, wherever a text may stand")
  func halfSurrogates() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      for text in [#"猫\ud83d"#, #"\uDE00猫"#, #"\ud83d\ud83d\ude00"#, #"猫\ud83dx"#] {
        for (path, body) in [
          ("/v1/embeddings", #"{"input":"\#(text)"}"#),
          ("/v1/embeddings", #"{"input":["\#(text)",{"text":"\#(text)"}]}"#),
          ("/api/v1/embed", #"{"texts":["\#(text)"]}"#),
          ("/api/v1/search", #"{"text":"\#(text)","minus":[{"text":"\#(text)"}]}"#),
          ("/api/v1/classify", #"{"picture":1,"labels":["\#(text)","b"]}"#),
          ("/knn-service", #"{"text":"\#(text)","modality":"image","num_images":1}"#),
        ] {
          let answer = try await client.post(path, body)
          #expect(answer.status == .ok, "\(path) \(body): \(answer.problem)")
        }
      }
      let labels = try await client.post(
        "/api/v1/classify", #"{"picture":1,"labels":["\ud83d\ude00\ud83d","\\ud83d"]}"#)
      #expect(labels.text.contains("😀\u{FFFD}"))
      #expect(labels.text.contains(#""\\ud83d""#), "a backslash that is meant stays")
    }
  }

  @Test("classification ranks labels; embedding gives unit vectors for both kinds")
  func model() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let answer = try await client.post(
        "/api/v1/classify", #"{"picture":2,"labels":["红","绿","蓝"]}"#)
      let labels = try #require(answer.json["labels"] as? [[String: Any]])
      #expect(labels.first?["label"] as? String == "绿")
      let sum = labels.compactMap { $0["probability"] as? Double }.reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
      #expect(try await client.post("/api/v1/classify", #"{"labels":["a"]}"#).status == .badRequest)
      #expect(
        try await client.post("/api/v1/classify", #"{"picture":2,"labels":[]}"#).status
          == .badRequest)
      let embedded = try await client.post("/api/v1/embed", #"{"texts":["红","绿"]}"#)
      #expect((embedded.json["texts"] as? [[Double]])?.count == 2)
    }
  }
}
