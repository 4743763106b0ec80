import CLIPModels
import Checkpoints
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

  /// The run that the folder holds; nil if it holds none.
  ///
  /// - Throws: `ModelError/configuration(file:problem:)` when its file cannot be read.
  func saved() throws -> TrainingConfiguration? {
    guard FileManager.default.fileExists(atPath: configuration.path) else { return nil }
    return try TrainingConfiguration(
      json: Data(contentsOf: configuration), file: configuration.path)
  }

  /// Whether a run may begin or go on here; writes nothing.
  ///
  /// A folder without a checkpoint is that of a run which was interrupted before its first: the run
  /// begins anew there, unless a model of later steps would be lost.
  ///
  /// - Parameters:
  ///   - run: what will run.
  ///   - resumes: whether the folder's own run is to go on.
  /// - Throws: ``TrainingError``.
  func check(_ run: TrainingConfiguration, resumes: Bool) throws {
    guard resumes else {
      guard !hasState, bestStep == 0 else { throw TrainingError.folderInUse(path: url.path) }
      return
    }
    guard let saved = try saved() else { throw TrainingError.nothingToResume(path: url.path) }
    let differences = try RunDifferences(run, from: saved).fixed
    guard differences.isEmpty else {
      throw TrainingError.otherRun(
        path: url.path,
        problem: differences.joined(separator: "; ")
          + ". Resume it with its own settings (config.json in that folder), or start a new run in "
          + "another folder")
    }
  }

  /// The step of the best model; 0 if there is none.
  private var bestStep: Int {
    guard FileManager.default.fileExists(atPath: best.path) else { return 0 }
    let model = try? Checkpoint.open(best.appending(path: "model.safetensors"))
    return model?.metadata["step"]?.integerValue ?? .max
  }

  /// Makes the folder and puts the configuration into it.
  ///
  /// - Parameters:
  ///   - run: what will run.
  ///   - resumes: whether the folder's own run is to go on.
  /// - Returns: what keeps other processes away.
  /// - Throws: ``TrainingError``.
  func prepare(_ run: TrainingConfiguration, resumes: Bool) throws -> FileLock {
    try check(run, resumes: resumes)
    return try TrainingError.wrapping {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      let lock = try FileLock(url.appending(path: ".lock"), mode: 0o600) {
        throw TrainingError.folderBusy(path: url.path)
      }
      // Once more: the process that held the lock may have ended its run.
      try check(run, resumes: resumes)
      AtomicFolder.removeLeftovers(in: url)
      let file = try AtomicFile(configuration, makesFolder: true)
      try file.write(try run.json())
      try file.commit()
      if !hasState { try? FileManager.default.removeItem(at: log) }
      return lock
    }
  }
}
