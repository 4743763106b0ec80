import Foundation
import HTTPTypes
import ServerTestSupport
import Testing

@Suite("Sorting the library by words")
struct SortRoutesTests {
  @Test("Every picture is counted once: under the word that fits it best, or as unsorted")
  func counts() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      let status = try await client.send(.get, "/api/v1/status").json
      let pictures = try #require((status["library"] as? [String: Any])?["pictures"] as? Int)
      let answer = try await client.post(
        "/api/v1/sort", #"{"labels":["红","蓝"],"templates":["{}"],"limit":1}"#
      ).json
      let labels = try #require(answer["labels"] as? [[String: Any]])
      #expect(labels.map { $0["label"] as? String } == ["红", "蓝"])
      let counts = labels.compactMap { $0["count"] as? Int }
      #expect(counts.reduce(0, +) + (answer["unsorted"] as? Int ?? -1) == pictures)
      #expect(counts.contains { $0 > 0 })
      for label in labels { #expect((label["hits"] as? [Any])?.count ?? 9 <= 1) }
    }
  }

  @Test("Words that are missing, there twice, or too many are refused")
  func refusals() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      for body in [
        "{}", #"{"labels":[]}"#, #"{"labels":["红","红"]}"#, #"{"labels":["红"],"limit":0}"#,
        #"{"labels":["红"],"templates":["没有位置"]}"#,
      ] {
        let status = try await client.post("/api/v1/sort", body).status
        #expect(status == .badRequest, "\(body)")
      }
    }
  }
}
