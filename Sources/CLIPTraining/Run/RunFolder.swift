import CLIPModels
import Files
import Foundation
import Torch

/// The files of a run.
///
/// ```
/// config.json      the run as it was started, enough to repeat it
/// train.log        the original's log lines
/// metrics.jsonl    every logged step and evaluation
/// events.out.…     the same for TensorBoard
/// curves.svg       loss and recall as a picture
/// best/            the best model, ready for use
/// last/            the newest model, and what --resume needs: training.json, training.safetensors
/// epochs/          the model of every epoch, if asked for
/// checkpoints/     the original's .pt files, if asked for
/// features/        cached features of a frozen image encoder
/// ```
struct RunFolder {
  let url: URL

  var configuration: URL { url.appending(path: "config.json") }
  var log: URL { url.appending(path: "train.log") }
  var metrics: URL { url.appending(path: "metrics.jsonl") }
  var curves: URL { url.appending(path: "curves.svg") }
  var best: URL { url.appending(path: "best") }
  var last: URL { url.appending(path: "last") }
  var state: URL { last.appending(path: Self.stateName) }
  var stateTensors: URL { last.appending(path: Self.tensorsName) }
  var features: URL { url.appending(path: "features") }
  var pytorch: URL { url.appending(path: "checkpoints") }

  static let stateName = "training.json"
  static let tensorsName = "training.safetensors"

  func epoch(_ number: Int, stage: String) -> URL {
    url.appending(path: "epochs").appending(path: "\(stage)-epoch\(number)")
  }

  var hasState: Bool { FileManager.default.fileExists(atPath: state.path) }

  /// Makes the folder and puts the configuration into it.
  ///
  /// - Parameters:
  ///   - run: what will run.
  ///   - resumes: whether the folder's own run is to go on.
  /// - Throws: ``TrainingError``.
  func prepare(_ run: TrainingConfiguration, resumes: Bool) throws {
    let files = FileManager.default
    if resumes {
      guard hasState else { throw TrainingError.nothingToResume(path: url.path) }
      AtomicFolder.removeLeftovers(in: url)
      return
    }
    guard !files.fileExists(atPath: configuration.path), !hasState else {
      throw TrainingError.folderInUse(path: url.path)
    }
    try TrainingError.wrapping {
      let file = try AtomicFile(configuration, makesFolder: true)
      try file.write(try run.json())
      try file.commit()
    }
  }
}
