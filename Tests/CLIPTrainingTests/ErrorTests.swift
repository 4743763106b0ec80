import CLIPData
import CLIPEvaluation
import CLIPImages
import CLIPModels
import CLIPText
import CLIPTraining
import Checkpoints
import Foundation
import Testing
import Torch
import TorchNN

@Suite("Errors of the libraries")
struct ErrorTests {
  private static let errors: [any Error & CustomStringConvertible] = [
    TorchError("shapes differ"), ParameterError.takenTwice(name: "visual.proj"),
    CheckpointError.noTensors(source: "a.pt"), CLIPTextError.vocabularyEmpty(file: "vocab.txt"),
    ImageError.empty, ModelError.busy(retryAfter: 2),
    DataError.unknownImage(id: 3, source: "train_imgs.tsv"),
    EvaluationError.repeatedText(id: 3, source: "valid"),
    TrainingError.nothingToResume(path: "run"),
  ]

  @Test("say to Foundation what they say to a person", arguments: errors.indices)
  func sentences(index: Int) {
    let error = Self.errors[index]
    #expect(error.localizedDescription == "\(error)")
    #expect("\(error)".contains(" "))
  }
}
