import CLIPEvaluation
import CLIPModels
import Foundation
import TestSupport
import Testing

/// What Scripts/fixtures/findings.py wrote.
private struct FindingsFixture: Decodable {
  let vectors, states, scores: [[Float]]
  let every, known, heads: [Double]

  init() throws {
    self = try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: Fixture.url("findings.json")))
  }
}

@Suite("Findings")
struct FindingsEvaluationTests {
  private func pictures(_ vectors: [[Float]], _ states: [[Float]]) throws -> KnownPictures {
    try KnownPictures(
      Embeddings(dimension: vectors[0].count, rows: vectors), states: states)
  }

  @Test("ROC areas of each label and of supervised heads are scikit-learn's")
  func areas() throws {
    let fixture = try FindingsFixture()
    let names = ["a", "b", "c", "d"]
    let known = try pictures(fixture.vectors, fixture.states)
    for (expected, counts) in [(fixture.every, true), (fixture.known, false)] {
      let evaluation = try FindingsEvaluation(
        labels: names, pictures: known, countsUnknownAsAbsent: counts)
      let found = try evaluation.result(of: fixture.scores).areas
      for (own, theirs) in zip(found, expected) {
        #expect(abs((own ?? 0) - theirs) < 1e-12)
      }
    }
    let half = fixture.vectors.count / 2
    let evaluation = try FindingsEvaluation(
      labels: names,
      pictures: pictures(Array(fixture.vectors[half...]), Array(fixture.states[half...])))
    let train = try pictures(
      Array(fixture.vectors[..<half]), Array(fixture.states[..<half]))
    let heads = try evaluation.probe(train, share: 1, seeds: [0, 1])
    #expect(heads.count == 1, "all of the labels leave nothing to draw")
    for (own, theirs) in zip(heads[0].areas, fixture.heads) {
      #expect(abs((own ?? 0) - theirs) < 1e-9)
    }
    let few = try evaluation.probe(train, share: 0.3, seeds: [0, 1, 2])
    #expect(few.count == 3 && Set(few.map(\.meanArea)).count > 1)
    #expect(try evaluation.probe(train, share: 0.3, seeds: [0, 1, 2]) == few)
    let one = try evaluation.probe(train, share: 0.001, seeds: [0])
    #expect(one[0].areas.allSatisfy { $0 == nil }, "one picture has one side only")
  }

  @Test("Sentences become a label's score by their mean or the best, as computed by hand")
  func prompts() throws {
    let evaluation = try FindingsEvaluation(
      labels: ["x", "y"],
      pictures: pictures([[1, 0], [0, 1], [0.6, 0.8]], [[1, -1], [-1, 1], [1, 1]]))
    let sentences = [
      Embeddings(dimension: 2, values: [1, 0, 0, 1]), Embeddings(dimension: 2, values: [0, 1]),
    ]
    let mean = try evaluation.scores(sentences, by: .mean)
    #expect(mean[0] == [0.5, 0] && mean[1] == [0.5, 1])
    #expect(abs(mean[2][0] - 0.7) < 1e-6 && abs(mean[2][1] - 0.8) < 1e-6)
    let best = try evaluation.scores(sentences, by: .maximum)
    #expect(best[0] == [1, 0] && best[1] == [1, 1] && abs(best[2][0] - 0.8) < 1e-6)
    let result = try evaluation.result(of: mean)
    // Of the two pictures with one label both are right; for x all pictures but one are positive.
    #expect(result.exclusiveCount == 2 && result.accuracy == 1)
    #expect(result.areas == [0.75, 1])
  }

  @Test("Precision at K counts by brute force, keeps the order of equals, and leaves the query out")
  func precision() throws {
    let evaluation = try FindingsEvaluation(
      labels: ["x", "y"],
      pictures: pictures(
        [[1, 0], [1, 0], [0, 1], [0.8, 0.6]], [[1, -1], [-1, 1], [-1, 1], [1, -1]]))
    let scores: [[Float]] = [[1, 0], [1, 0], [0, 1], [0.8, 0.6]]
    // x: 0, 1 (equal, in order), 3, 2; y: 2, 3, 0, 1.
    #expect(evaluation.textToImagePrecision(scores, at: 1) == 1)
    #expect(evaluation.textToImagePrecision(scores, at: 2) == 0.5)
    #expect(evaluation.textToImagePrecision(scores, at: 10) == 0.5)
    // 0 finds 1 (wrong), 3; 1 finds 0 (wrong), 3 (wrong), 2; 2 finds 3, 0, 1; 3 finds 0, 1, 2.
    #expect(try evaluation.imageToImagePrecision(at: [1, 2]) == [0.25, (0.5 + 0 + 0 + 0.5) / 4])
  }

  @Test("Severity × kind × place: every combination once, and draws that can be repeated")
  func product() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      {"labels": {
        "a": {"severity": ["", "mild"], "subtype": ["edema", "congestion", "edema"],
              "location": ["left", "right"]},
        "b": ["pneumothorax is seen"]}}
      """, to: "prompts.json")
    let all = try FindingPrompts(contentsOf: file, names: ["a", "b"])
    #expect(
      all.sentences[0] == [
        "edema left", "edema right", "congestion left", "congestion right", "mild edema left",
        "mild edema right", "mild congestion left", "mild congestion right",
      ])
    #expect(all.sentences[1] == ["pneumothorax is seen"])
    let some = try FindingPrompts(contentsOf: file, names: ["a", "b"], count: 3, seed: 2)
    #expect(some.sentences.map(\.count) == [3, 1])
    #expect(try FindingPrompts(contentsOf: file, names: ["a", "b"], count: 3, seed: 2) == some)
    #expect(
      try Set(
        (0..<20).map {
          try FindingPrompts(contentsOf: file, names: ["a"], count: 3, seed: $0).sentences[0]
        }
      ).count > 5)
    let missing = #expect(throws: EvaluationError.self) {
      try FindingPrompts(contentsOf: file, names: ["c"])
    }
    #expect(missing?.description.contains("it has no prompts for 'c'") == true)
    let other = try folder.write(
      #"{"form": "{severity}", "labels": {"a": {"severity": ["x"], "place": ["y"]}}}"#,
      to: "other.json")
    #expect(throws: EvaluationError.self) { try FindingPrompts(contentsOf: other, names: ["a"]) }
  }
}
