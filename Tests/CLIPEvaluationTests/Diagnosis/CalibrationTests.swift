import CLIPEvaluation
import Foundation
import Testing

/// Against scikit-learn (`Scripts/fixtures/classification.py`).
@Suite("Calibration")
struct CalibrationTests {
  private struct Golden: Decodable {
    let labels: Int
    let targets: [Int]
    let cosines: [Float]
    let scale: Double
    let accuracies: [Double]
    let confidences: [Double]
    let expectedError: Double
    let logLoss: Double
    let fittedScale: Double
    let fittedLoss: Double
  }

  private func golden() throws -> (Golden, LabelScores) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode(
      Golden.self, from: Data(contentsOf: Fixture.url("calibration.json")))
    return (
      golden,
      try LabelScores(golden.cosines, labelCount: golden.labels, targets: golden.targets)
    )
  }

  @Test("Bins, their error and the loss are scikit-learn's")
  func bins() throws {
    let (golden, cosines) = try golden()
    let calibration = try Calibration(cosines, scale: golden.scale)
    #expect(calibration.bins.count == golden.accuracies.count)
    for (bin, expected) in zip(calibration.bins, zip(golden.accuracies, golden.confidences)) {
      #expect(abs(bin.accuracy - expected.0) < 1e-9)
      #expect(abs(bin.confidence - expected.1) < 1e-9)
    }
    #expect(abs(calibration.expectedError - golden.expectedError) < 1e-9)
    #expect(abs(calibration.logLoss - golden.logLoss) < 1e-9)
  }

  @Test("The fitted scale has the least loss, and is better calibrated than one that is too large")
  func fit() throws {
    let (golden, cosines) = try golden()
    let scale = try Calibration.fittedScale(cosines)
    #expect(abs(scale / golden.fittedScale - 1) < 2e-3)
    let fitted = try Calibration(cosines, scale: scale)
    #expect(fitted.logLoss <= golden.fittedLoss + 1e-9)
    #expect(fitted.expectedError < golden.expectedError / 2)
  }
}
