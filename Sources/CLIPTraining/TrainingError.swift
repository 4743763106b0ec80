package import Files
public import Foundation

/// What stops a training run.
public enum TrainingError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A setting of the configuration that cannot work.
  case setting(key: String, problem: String)
  /// A start of the model that the configuration leaves open or contradicts itself about.
  case start(String)
  /// Tensors that no file gives and that the configuration does not allow to be random.
  case unexpectedlyRandom(names: [String], file: String)
  /// A run folder that holds another run already.
  case folderInUse(path: String)
  /// A run folder that another process trains in.
  case folderBusy(path: String)
  /// A run is to go on where there is none.
  case nothingToResume(path: String)
  /// A saved state that does not belong to this configuration.
  case otherRun(path: String, problem: String)
  /// A file of the run folder that cannot be written.
  case cannotWrite(path: String, reason: String)
  /// Losses or gradients that are no numbers, too often in a row.
  case notFinite(batch: String, times: Int)
  /// Facts that the objective asks for and the samples or the teacher do not have.
  case objective(String)
  /// A stage none of whose steps changed anything.
  case nothingLearned(stage: String, steps: Int)
  /// Weights that are no numbers; nothing of them is saved.
  case weightsNotFinite(name: String, step: Int)
  /// A worker that died or went silent.
  case workerLost(String)
  /// A worker's environment that is not complete.
  case workers(String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// The sentence for people.
  public var description: String {
    switch self {
    case .setting(let key, let problem): "the setting '\(key)' \(problem)"
    case .start(let sentence): sentence
    case .unexpectedlyRandom(let names, let file):
      "\(file) lacks \(names.count) tensors that would start at random: "
        + names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
        + "; give them, or allow it with \"random\": [\"\(names.first ?? "*")\"] under \"model\""
    case .folderInUse(let path):
      "\(path) holds a run already"
    case .folderBusy(let path):
      "another process is training in \(path); wait for it, or name another folder"
    case .nothingToResume(let path):
      "\(path) holds no run to resume"
    case .otherRun(let path, let problem):
      "\(path) cannot be resumed: \(problem)"
    case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
    case .notFinite(let batch, let times):
      "the loss or a gradient was not a number in \(times) "
        + (times == 1 ? "step" : "steps in a row") + ", last in \(batch), so the run stops; "
        + "lower the learning rate, set \"gradient_clip\": 1, or use the precision fp32 "
        + "(\"non_finite_limit\" says how many such steps are borne)"
    case .nothingLearned(let stage, let steps):
      "none of the \(steps) steps of the stage \(stage) changed the model, since the loss or a gradient "
        + "was not a number in each; lower the learning rate, or start from another model"
    case .weightsNotFinite(let name, let step):
      "after \(step) steps the weight \(name) holds NaN or infinity, so the run stops and this model "
        + "is not saved; the last complete checkpoint is kept. Lower the learning rate, set "
        + "\"gradient_clip\": 1, or use the precision fp32"
    case .objective(let sentence): sentence
    case .workerLost(let sentence): sentence
    case .workers(let sentence): sentence
    }
  }
}

extension TrainingError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unwritable(let path, let reason): .cannotWrite(path: path, reason: reason)
      case .alreadyExists(let path): .folderInUse(path: path)
      case .unreadable(let path, let reason): .otherRun(path: path, problem: reason)
      case .badLine(let path, let line, let problem):
        .otherRun(path: path, problem: "line \(line): \(problem)")
      }
  }
}
