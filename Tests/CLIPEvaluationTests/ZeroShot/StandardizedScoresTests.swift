import CLIPEvaluation
import Testing

/// GLoRIA's transductive scores: each label's, over all pictures.
@Suite struct StandardizedScoresTests {
  @Test("each label's scores have mean 0 and deviation 1, and equal ones are 0")
  func values() {
    let scores = ZeroShotEvaluation.standardized([1, 5, 3, 5, 5, 5], labels: 2)
    let step = Float(1.5).squareRoot()
    for (found, expected) in zip(scores, [-step, 0, 0, 0, step, 0]) {
      #expect(abs(found - expected) < 1e-6)
    }
  }

  @Test("another picture changes what the others get")
  func dependence() {
    let few = ZeroShotEvaluation.standardized([1, 2, 3, 1], labels: 2)
    let more = ZeroShotEvaluation.standardized([1, 2, 3, 1, 9, 9], labels: 2)
    #expect(few != Array(more.prefix(4)))
  }
}
