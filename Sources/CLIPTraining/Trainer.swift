public import CLIPData
import CLIPEvaluation
import CLIPModels
import Files
public import Foundation
public import Torch
import TorchNN

/// Runs a training configuration from its first step, or from where it was interrupted, to its end.
///
/// ```swift
/// let run = try TrainingConfiguration(json: Data(contentsOf: file), file: file.path)
/// let trainer = try Trainer(run, output: URL(filePath: "runs/first"))
/// let outcome = try trainer.run()
/// print(outcome.bestRecall ?? 0)
/// ```
public final class Trainer {
  /// How a run ended.
  public struct Outcome: Sendable {
    /// Whether all stages are done; false after a request to stop.
    public let isFinished: Bool
    /// The mean recall before the first step, in percent.
    public let startRecall: Double?
    /// The best mean recall, in percent.
    public let bestRecall: Double?
    /// Steps done in all.
    public let steps: Int
  }

  let configuration: TrainingConfiguration
  let folder: RunFolder
  let workers: WorkerGroup?
  let stop: StopRequest
  let reporter: TrainingReporter
  let model: TrainableModel
  let objective: Objective
  let teacher: (any Teacher)?
  /// The model that teaches pictures, if one does.
  let teacherModel: CLIP?
  let train: any SampleSource
  let evaluation: (any ModelEvaluation)?
  let log: TrainingLog
  var recorder: RunRecorder?
  /// Keeps other processes out of the folder; the first worker's.
  private let lock: FileLock?
  var state: TrainingState
  /// Tensors to go on from, until they are taken over.
  var saved: SavedTensors?
  /// Pictures of this run that are not whole.
  var damaged = DamagedSamples()
  /// What parts of a batch may take.
  package var memoryBudget = MemoryBudget.machine
  /// Features of the validation pictures while the image encoder is frozen.
  var validationImages: Tensor?

  var rank: Int { workers?.rank ?? 0 }
  var workerCount: Int { workers?.count ?? 1 }

  /// Loads the model and the data that a configuration names and prepares the run folder.
  ///
  /// - Parameters:
  ///   - configuration: what to do.
  ///   - output: the run folder.
  ///   - resumes: whether to go on with the run that the folder holds.
  ///   - workers: those that train together; nil: this process alone.
  ///   - localRank: this worker's number on its machine, which chooses its CUDA device.
  ///   - stop: asks the run to save and end.
  ///   - reporter: gets lines and progress.
  /// - Throws: ``TrainingError``, `ModelError`, `DataError`, `CheckpointError`.
  public convenience init(
    _ configuration: TrainingConfiguration, output: URL, resumes: Bool = false,
    workers: WorkerGroup? = nil, localRank: Int = 0, stop: StopRequest = StopRequest(),
    reporter: TrainingReporter = TrainingReporter()
  ) throws {
    try configuration.validate()
    let policy = configuration.data.damagePolicy
    try self.init(
      configuration, train: configuration.data.samples(),
      valid: configuration.data.valid.map { try RetrievalEvaluation($0.open(policy: policy)) },
      output: output, resumes: resumes, workers: workers, localRank: localRank, stop: stop,
      reporter: reporter)
  }

  /// Trains on samples, towards an objective and by a measure of the program's own.
  ///
  /// ```swift
  /// let run = TrainingConfiguration(model: ModelStart(), data: .handedIn, stages: [stage])
  /// let objective = Objective([(1, ScoreTerm(SigmoidLoss(), target: MyTarget()))])
  /// try Trainer(run, train: MySamples(), valid: nil, objective: objective, output: folder).run()
  /// ```
  ///
  /// - Parameters:
  ///   - configuration: everything else; its data's paths are not opened.
  ///   - train: what is learned from.
  ///   - valid: what tells the best model; nil: the newest is the best.
  ///   - objective: what is minimised; nil: what the configuration says.
  ///   - teacher: who the objective's terms learn from; nil: who the configuration names.
  ///   - output: the run folder.
  ///   - resumes: whether to go on with the run that the folder holds.
  ///   - workers: those that train together; nil: this process alone.
  ///   - localRank: this worker's number on its machine, which chooses its CUDA device.
  ///   - stop: asks the run to save and end.
  ///   - reporter: gets lines and progress.
  /// - Throws: ``TrainingError``, `ModelError`, `CheckpointError`.
  public init(
    _ configuration: TrainingConfiguration, train: any SampleSource,
    valid: (any ModelEvaluation)?, objective: Objective? = nil, teacher: (any Teacher)? = nil,
    output: URL, resumes: Bool = false, workers: WorkerGroup? = nil, localRank: Int = 0,
    stop: StopRequest = StopRequest(), reporter: TrainingReporter = TrainingReporter()
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    self.workers = workers
    self.stop = stop
    self.reporter = reporter
    folder = RunFolder(url: output)
    let isFirst = (workers?.rank ?? 0) == 0
    lock = isFirst ? try folder.prepare(configuration, resumes: resumes) : nil
    try workers?.barrier()
    // A run that was interrupted before its first checkpoint begins anew.
    let resumes = resumes && folder.hasState
    log = try TrainingLog(
      isFirst ? folder.log : nil, rank: workers?.rank ?? 0, show: reporter.line)
    state = resumes ? try TrainingState.read(folder.state) : TrainingState()
    guard !resumes || state.workerCount == workers?.count ?? 1 else {
      throw TrainingError.otherRun(
        path: output.path,
        problem: "it ran with \(state.workerCount) workers, not \(workers?.count ?? 1)")
    }
    state.workerCount = workers?.count ?? 1
    let device = try Self.device(configuration.device, localRank: localRank)
    _ = try configuration.precision.dtype(on: device)
    if isFirst,
      let emulation = try PrecisionEmulation(
        of: configuration.precision, on: device, learns: true)
    {
      log.warning("\(emulation)")
    }
    try Random.seed(configuration.seed)
    saved = resumes ? try SavedTensors(folder) : nil
    model =
      try saved.map { try $0.model(configuration.model.lowRank, device: device) }
      ?? TrainableModel.build(configuration.model, device: device)
    self.objective = objective ?? configuration.objective.objective
    let taught =
      try teacher.map { ($0, nil) }
      ?? configuration.objective.anyTeacher?.load(
        student: model, precision: configuration.precision)
    self.teacher = taught?.0
    teacherModel = taught?.1
    self.train = train
    evaluation = valid
    guard !configuration.data.spreadsDuplicates || train.pairs != nil else {
      throw TrainingError.setting(
        key: "data.spread_duplicates", problem: "needs samples that are pairs of a data set")
    }
    if isFirst { recorder = try RunRecorder(folder, resumingAfter: state.globalStep) }
    let exchange = GradientExchange(workers: workers)
    try exchange.broadcast(model.encoder.parameters.entries.map(\.tensor))
    try checkCaches()
  }

  /// Reads the run that a folder holds.
  ///
  /// - Parameter output: the run folder.
  /// - Returns: the run as it was started; nil if the folder holds none.
  /// - Throws: `ModelError/configuration(file:problem:)` when its file cannot be read.
  public static func savedRun(in output: URL) throws -> TrainingConfiguration? {
    try RunFolder(url: output).saved()
  }

  /// Says whether a run may begin or go on in a folder, without writing anything.
  ///
  /// - Parameters:
  ///   - configuration: what is to be done.
  ///   - output: the run folder.
  ///   - resumes: whether to go on with the run that the folder holds.
  /// - Throws: ``TrainingError/folderInUse(path:)``, ``TrainingError/nothingToResume(path:)``, or
  ///   ``TrainingError/otherRun(path:problem:)`` with every setting that differs.
  public static func check(
    _ configuration: TrainingConfiguration, output: URL, resumes: Bool
  ) throws {
    try configuration.validate()
    try RunFolder(url: output).check(configuration, resumes: resumes)
  }

  /// Trains to the end, or until a stop is asked for.
  ///
  /// - Throws: ``TrainingError``, and whatever data and device report.
  public func run() throws -> Outcome {
    if state.globalStep == 0 {
      log.info("\(model.report)")
    } else {
      log.info("Resume \(folder.url.path) after \(state.globalStep) steps")
    }
    if state.globalStep == 0, configuration.evaluation.atStart { try evaluate(epoch: 0) }
    while state.stage < configuration.stages.count, !state.isFinished {
      guard try runStage(configuration.stages[state.stage]) else { return outcome }
      state.beginNextStage()
      state.isFinished = state.stage == configuration.stages.count
    }
    try save()
    try recorder?.drawCurves()
    damaged.report(to: log)
    return outcome
  }

  private var outcome: Outcome {
    Outcome(
      isFinished: state.isFinished, startRecall: state.startRecall, bestRecall: state.bestRecall,
      steps: state.globalStep)
  }

  /// The device of a configuration; of several, each worker of a machine takes its own.
  private static func device(_ name: String, localRank: Int) throws -> Device {
    if name == "auto" || name == "cuda", CUDA.count > 1 {
      return try Device(named: "cuda:\(localRank)")
    }
    return try Device(named: name)
  }
}
