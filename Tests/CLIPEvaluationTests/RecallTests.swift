import CLIPData
import CLIPEvaluation
import Testing

struct RecallTests {
  private let reference = RetrievalReference([
    Caption(textID: 1, text: "", imageIDs: [10]), Caption(textID: 2, text: "", imageIDs: [20, 21]),
    Caption(textID: 3, text: "", imageIDs: []), Caption(textID: 4, text: "", imageIDs: [40]),
  ])

  @Test("any right answer counts, queries without one are missed, other predictions are ignored")
  func counting() throws {
    let predictions = [
      Ranking(query: 1, results: [10, 11]), Ranking(query: 2, results: [5, 6, 21]),
      Ranking(query: 3, results: [1]), Ranking(query: 4, results: []),
      Ranking(query: 99, results: [1]),
    ]
    let recall = try Recall(of: predictions, against: reference, depths: [1, 2, 3, 100])
    #expect(recall.entries.map(\.share) == [0.25, 0.25, 0.5, 0.5])
    #expect(recall[3] == 0.5 && recall[7] == nil)
    #expect(recall.mean == 0.375)
    #expect(recall.queryCount == 4 && recall.unanswerableCount == 1)
  }

  @Test("missing predictions are an error that names them")
  func missing() {
    #expect {
      try Recall(of: [Ranking(query: 1, results: [10])], against: reference)
    } throws: {
      "\($0)".contains("3 of") && "\($0)".contains("text_id 2, 3, 4")
    }
    #expect(throws: EvaluationError.self) {
      try Recall(of: [], against: RetrievalReference([]))
    }
    #expect(throws: EvaluationError.self) {
      try Recall(of: [], against: reference, depths: [0])
    }
  }

  @Test("the original's rules: exactly ten different ids")
  func rules() throws {
    let ten = Ranking(query: 1, results: Array(0..<10))
    try SubmissionRules.check([ten], direction: .textToImage)
    for results in [Array(0..<9), Array(0..<11), Array(repeating: Int64(1), count: 10)] {
      #expect(throws: EvaluationError.self) {
        try SubmissionRules.check(
          [ten, Ranking(query: 2, results: results.map { Int64($0) })], direction: .imageToText)
      }
    }
  }

  @Test("of equal queries in a reference the last one counts, at the place of the first")
  func repeated() {
    let reference = RetrievalReference(
      direction: .textToImage,
      [
        Ranking(query: 1, results: [1]), Ranking(query: 2, results: [2]),
        Ranking(query: 1, results: [3]),
      ])
    #expect(
      reference.queries == [Ranking(query: 1, results: [3]), Ranking(query: 2, results: [2])])
    #expect(
      reference.inverted().queries == [
        Ranking(query: 3, results: [1]), Ranking(query: 2, results: [2]),
      ])
  }

  @Test("failures have the original's form")
  func failure() {
    #expect(
      Recall.originalJSON(failure: "坏 \"x\"")
        == #"{"errorDetail": "\u574f \"x\"", "errorMsg": "\u574f \"x\"", "score": 0, "scoreJson": {}, "success": false}"#
    )
  }
}
