import CLIPModels
import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import ServerTestSupport
import Synchronization
import Testing

@Suite("What a request may cost")
struct LimitTests {
  /// As many bytes as a body may have, of which a text or a vector may have few.
  private static let large = 8 << 20

  @Test("a body is told apart by what its bytes are for, however they are cut")
  func shape() throws {
    let picture = String(repeating: "QUJD/+==", count: 100_000)
    let marks = "q" + String(repeating: "\u{301}", count: 100_000)
    let cases: [(body: String, isRefused: Bool)] = [
      (#"{"text":"红色的花","limit":5}"#, false),
      (#"{"image":"\#(picture)"}"#, false),
      (#"{"image":"data:image/jpeg;base64,\#(picture)","limit":5}"#, false),
      (#"{"image":"\#(picture.replacing("/", with: #"\/"#))\n"}"#, false),
      (#"{"images":["\#(picture)","\#(picture)"]}"#, false),
      (#"{"vector":[\#(String(repeating: "0,", count: 100_000))0]}"#, true),
      (#"{"text":"\#(marks)"}"#, true),
      (#"{"text":"\#(String(repeating: #"\u0301"#, count: 100_000))"}"#, true),
      (#"{"text":"\#(String(repeating: "a b ", count: 100_000))"}"#, true),
      (#"{"plus":[\#(String(repeating: #"{"text":"a"},"#, count: 20_000))]}"#, true),
      (String(repeating: "[", count: 200_000), true),
      (#"{"image":"\#(picture)","vector":[\#(String(repeating: "1,", count: 100_000))1]}"#, true),
    ]
    for (number, (body, isRefused)) in cases.enumerated() {
      for size in [1_000_000, 4_096, 7] {
        let bytes = Array(body.utf8)
        var shape = BodyShape(.init())
        var wasRefused = false
        do {
          for start in stride(from: 0, to: bytes.count, by: size) {
            try shape.take(bytes[start..<min(start + size, bytes.count)])
          }
        } catch ServerError.tooLarge {
          wasRefused = true
        }
        #expect(wasRefused == isRefused, "case \(number) in parts of \(size)")
      }
    }
  }

  @Test(
    "megabytes that are no picture are refused before they are decoded",
    arguments: ["/api/v1/search", "/knn-service", "/api/v1/classify", "/metadata"])
  func bodies(path: String) async throws {
    let fixture = try await ServerFixture()
    let zeros = String(repeating: "0,", count: Self.large / 2)
    try await fixture.test { client in
      for key in ["vector", "embedding_input", "ids", "labels", "unknown"] {
        let start = ContinuousClock.now
        let answer = try await client.post(path, #"{"\#(key)":[\#(zeros)0]}"#)
        #expect(answer.status == .contentTooLarge, "\(key)")
        #expect(ContinuousClock.now - start < .seconds(5))
      }
      #expect(try await client.post("/api/v1/search", #"{"text":"红"}"#).status == .ok)
    }
  }

  @Test("a text is limited in bytes as well: one character may have millions")
  func marks() async throws {
    let fixture = try await ServerFixture()
    let text = "q" + String(repeating: "\u{301}", count: 20_000)
    let body = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    try await fixture.test { client in
      for (path, json) in [
        ("/api/v1/search", #"{"text":"\#(text)"}"#),
        ("/api/v1/search", #"{"minus":[{"text":"\#(text)"}]}"#),
        ("/api/v1/search", #"{"text":"x","where":"\#(text)"}"#),
        ("/api/v1/search", #"{"text":"x","folder":"\#(text)"}"#),
        ("/api/v1/search", #"{"text":"x","takenFrom":"\#(text)"}"#),
        ("/api/v1/embed", #"{"texts":["\#(text)"]}"#),
        ("/v1/embeddings", #"{"input":"\#(text)"}"#),
        ("/api/v1/classify", #"{"picture":1,"labels":["\#(text)"]}"#),
        ("/api/v1/classify", #"{"picture":1,"labels":["a"],"templates":["\#(text)"]}"#),
        (
          "/api/v1/classify",
          #"{"picture":1,"labels":["\#(String(repeating: "a", count: 900))"],"templates":["\#(String(repeating: "{}", count: 400))"]}"#
        ),
        ("/knn-service", #"{"text":"\#(text)","modality":"image","num_images":1}"#),
      ] {
        let answer = try await client.post(path, json)
        #expect(answer.status == .badRequest, "\(path) \(json.prefix(60))")
      }
      let get = try await client.send(.get, "/api/v1/search?q=\(body)")
      #expect(get.status == .badRequest)
    }
    #expect(fixture.model.embeddedTexts.withLock(\.self) <= 4, "none of them reached the model")
  }

  @Test("two thousand texts are one request, as with OpenAI; one more is not")
  func texts() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      for (count, status) in [(2_048, HTTPResponse.Status.ok), (2_049, .badRequest)] {
        let list = (0..<count).map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await client.post("/v1/embeddings", #"{"input":[\#(list)]}"#)
        #expect(answer.status == status)
      }
    }
  }

  @Test("slow decodes hold up nothing else", .timeLimit(.minutes(1)))
  func slowDecodes() async throws {
    let fixture = try await ServerFixture()
    let image = try picture(red: 0, green: 255, blue: 0).base64EncodedString()
    let gate = DispatchSemaphore(value: 0)
    fixture.model.whileDecoding.withLock { $0 = { _ = gate.wait(timeout: .now() + 50) } }
    let count = 3 * ProcessInfo.processInfo.activeProcessorCount
    try await fixture.test { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<count {
          group.addTask {
            let upload = ByteBuffer(
              bytes: (Data(base64Encoded: image) ?? Data()) + [UInt8(number)])
            let answer =
              number.isMultiple(of: 2)
              ? try await client.post("/api/v1/embed", #"{"images":["\#(image)"]}"#)
              : try await client.send(.post, "/api/v1/pictures?name=x.jpg", body: upload)
            #expect(answer.status.code < 300, "\(answer.problem)")
          }
        }
        try await Task.sleep(for: .milliseconds(300))
        for path in ["/healthz", "/api/v1/status", "/api/v1/search?q=%E7%BA%A2", "/metrics"] {
          #expect(try await client.send(.get, path).status == .ok)
        }
        // None of them has ended: whoever waits behind one would wait still.
        fixture.model.whileDecoding.withLock { $0 = {} }
        for _ in 0..<count { gate.signal() }
        try await group.waitForAll()
      }
    }
  }

  @Test("decodes that wait too long are answered with 503 and when to come again")
  func patience() async throws {
    let fixture = try await ServerFixture {
      $0.engine.patience = 2
      $0.engine.waitingDecodes = 4
    }
    let image = try picture(red: 0, green: 255, blue: 0).base64EncodedString()
    fixture.model.whileDecoding.withLock { $0 = { Thread.sleep(forTimeInterval: 3) } }
    let answers = try await fixture.test { client in
      try await withThrowingTaskGroup(of: TestResponse.self) { group in
        for _ in 0..<3 * ProcessInfo.processInfo.activeProcessorCount + 8 {
          group.addTask {
            try await client.post("/api/v1/embed", #"{"images":["\#(image)"]}"#)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    #expect(Set(answers.map(\.status)) == [.ok, .serviceUnavailable])
    for answer in answers where answer.status == .serviceUnavailable {
      #expect(answer.headers[.retryAfter] != nil)
    }
  }
}
