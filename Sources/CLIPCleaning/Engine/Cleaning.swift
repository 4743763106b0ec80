import CLIPData
import Files
import Foundation

/// Cleans data sets by a recipe: what goes in as shards comes out as shards, TSV as TSV, lists as lists.
///
/// It can be ended at any moment and goes on where it stopped: all it knows lies in `.cleaning` of the
/// output, in files that are there when they are complete. In memory are one byte a row, what the step at
/// hand holds (each says how much), and a few parts.
public struct Cleaning: Sendable {
  private let recipe: CleaningRecipe
  private let options: CleaningOptions
  private let input: CleaningInput
  private let prepared: PreparedRecipe
  private let folder: URL
  private let pictures: PictureKnowledge
  private let vectors: VectorKnowledge

  /// Prepares a cleaning.
  ///
  /// - Parameters:
  ///   - paths: data sets, tar shards or patterns of them, folders, tables, lists of texts.
  ///   - recipe: the steps.
  ///   - options: everything else.
  ///   - skipsBroken: whether lines of data sets that cannot be read are left out and named, or an error.
  /// - Throws: ``CleaningError``, `DataError`.
  public init(
    _ paths: [String], recipe: CleaningRecipe, options: CleaningOptions,
    skipsBroken: Bool = false
  ) throws {
    let input = try CleaningInput.open(
      paths, split: options.split, policy: skipsBroken ? .skip : .fail)
    try self.init(input, recipe: recipe, options: options)
  }

  init(_ input: CleaningInput, recipe: CleaningRecipe, options: CleaningOptions) throws {
    guard recipe.steps.count < 256 else {
      throw CleaningError.recipe(name: recipe.name, problem: "it has more than 255 steps")
    }
    try CleanedOutput.check(input)
    self.recipe = recipe
    self.options = options
    self.input = input
    prepared = try PreparedRecipe(recipe, options: options, hasPictures: input.hasPictures)
    guard !prepared.steps.isEmpty else {
      throw CleaningError.recipe(
        name: recipe.name,
        problem: "none of its steps applies: "
          + prepared.omitted.map { "\($0.name), \($0.reason)" }.joined(separator: "; "))
    }
    folder = options.output.appending(path: ".cleaning")
    let cache = options.cache ?? folder
    let key = String(
      StableHash.hash(input.sources.map(\.identity).joined(separator: "\n")), radix: 16)
    let place = cache.appending(path: "known-\(key)")
    pictures = PictureKnowledge(
      folder: place,
      counts: input.pictureCounts)
    vectors = VectorKnowledge(folder: place, load: options.model)
  }

  /// Steps of the recipe that do not apply, each with the reason.
  public var omittedSteps: [(name: String, reason: String)] {
    prepared.omitted.map { ($0.name, $0.reason) }
  }

  /// Does all that is not done yet, and writes the result.
  ///
  /// - Returns: what each step left out.
  /// - Throws: ``CleaningError``, `DataError`, and what the model throws.
  public func run() throws -> CleaningReport {
    try claimOutput()
    var states = RowStates(counts: input.rowCounts)
    var findings = CleaningFindings(exampleCount: options.exampleCount)
    var done: [PreparedStep] = []
    var rest = prepared.steps[...]
    while let first = rest.first {
      let stage = first.action.stage
      let group = stage == .whole ? rest.prefix(1) : rest.prefix { $0.action.stage == stage }
      rest = rest.dropFirst(group.count)
      try apply(Array(group), after: done, &states, &findings)
      done += group
    }
    let view = view(states, done, stage: "writing")
    let written = try CleanedOutput(view, options: options).write()
    let report = CleaningReport(
      recipe: recipe, inputs: input.sources.map(\.path), prepared: prepared, findings: findings,
      rows: states.total, written: written, problems: input.problems)
    try writeReport(report, view, findings)
    try? FileManager.default.removeItem(at: folder)
    return report
  }

  /// Makes the output's folder, or finds in it the beginning of this same cleaning.
  private func claimOutput() throws {
    let plan = folder.appending(path: "plan.json")
    let wanted = try self.plan(of: recipe)
    if options.overwrites { try CleanedOutput.remove(options.output) }
    if let found = try? Data(contentsOf: plan) {
      guard found == wanted else { throw CleaningError.otherCleaning(path: options.output.path) }
    } else {
      try CleaningError.wrapping { try AtomicFolder.requireAbsent(options.output) }
    }
    AtomicFolder.removeLeftovers(in: options.output)
    AtomicFolder.removeLeftovers(in: folder)
    try CleaningError.wrapping {
      let file = try AtomicFile(plan, makesFolder: true)
      try file.write(wanted)
      try file.commit()
    }
  }

  /// What tells this cleaning from another.
  private func plan(of recipe: CleaningRecipe) throws -> Data {
    struct Plan: Encodable {
      let recipe: CleaningRecipe
      let inputs: [String]
      let lists: [[String]]
      let model: String
      let exampleCount: Int
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(
      Plan(
        recipe: recipe, inputs: input.sources.map(\.identity),
        lists: [
          options.blockedWords ?? [], options.names, options.concepts ?? [], options.against,
        ], model: options.modelName, exampleCount: options.exampleCount))
  }

  private func view(_ states: RowStates, _ done: [PreparedStep], stage: String) -> RowsView {
    let progress = options.progress
    return RowsView(
      input: input, states: states, pictures: pictures, vectors: vectors,
      text: Self.changes(of: done), progress: { progress(stage, $0, $1) })
  }

  /// What steps make of a text.
  private static func changes(of steps: [PreparedStep]) -> @Sendable (String) -> String {
    let changes = steps.compactMap { step in
      if case .change(let change) = step.action { change } else { nil }
    }
    return { text in changes.reduce(text) { $1($0) } }
  }
}

extension Cleaning {
  /// Applies steps of one stage.
  private func apply(
    _ steps: [PreparedStep], after done: [PreparedStep], _ states: inout RowStates,
    _ findings: inout CleaningFindings
  ) throws {
    let names = steps.map(\.step.name).joined(separator: ", ")
    let view = view(states, done, stage: names)
    let stage = "pass-\(steps[0].number.padded(3))"
    if case .whole(let step) = steps[0].action {
      let file = folder.appending(path: "\(stage).jsonl")
      if !FileManager.default.fileExists(atPath: file.path) {
        try learn(step.needs, step.needsPictureVectors, view)
        try write(step.decide(view), of: steps[0], view, to: file)
      }
      try PassFile.forEachRow(of: file) { row in
        try states.drop(row)
        findings.add(row)
      }
      return
    }
    let files = (0..<input.rowParts).map {
      folder.appending(path: "\(stage)-part-\($0.padded(6)).jsonl")
    }
    let isDone = files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
    if !isDone { try learn(for: steps, view) }
    let reader = PartReader(view: view, steps: steps, exampleCount: options.exampleCount)
    var finished = 0
    // A group of parts at a time, so that only its findings are in memory.
    let passes = concurrentResults(count: files.count) { part in
      if let known = try PassFile(files[part]) { return known }
      let pass = try reader.read(part)
      try pass.write(to: files[part])
      return pass
    }
    for pass in passes {
      try take(pass.get(), &states, &findings)
      finished += 1
      view.progress(finished, files.count)
      try Task.checkCancellation()
    }
  }

  private func take(
    _ pass: PassFile, _ states: inout RowStates, _ findings: inout CleaningFindings
  ) throws {
    for row in pass.dropped {
      try states.drop(row)
      findings.add(row)
    }
    findings.addChanges(of: pass)
  }

  /// Makes known what steps ask about pictures and texts.
  private func learn(for steps: [PreparedStep], _ view: RowsView) throws {
    var needs = PictureMeasures.Needs()
    var needsVectors = false
    for step in steps {
      if case .picture(let needed, _) = step.action { needs.formUnion(needed) }
      if case .pair = step.action { needsVectors = true }
    }
    try learn(needs, needsVectors, view)
    if needsVectors { try vectors.embedTexts(view) }
  }

  private func learn(
    _ needs: PictureMeasures.Needs, _ needsVectors: Bool, _ view: RowsView
  ) throws {
    guard !needs.isEmpty || needsVectors else { return }
    let progress = options.progress
    let wanted = try view.alivePictures()
    if !needs.isEmpty {
      // All that the recipe will ask, so that a picture is decoded once.
      try pictures.measure(wanted, needs: allNeeds, of: input) { progress("pictures", $0, $1) }
    }
    if needsVectors {
      try vectors.embedPictures(wanted, of: input) { progress("embedding", $0, $1) }
    }
  }

  /// What the recipe's steps ask about pictures.
  private var allNeeds: PictureMeasures.Needs {
    prepared.steps.reduce(into: []) { needs, step in
      switch step.action {
      case .picture(let needed, _): needs.formUnion(needed)
      case .whole(let whole): needs.formUnion(whole.needs)
      default: break
      }
    }
  }

  /// Writes the drops of a step about the whole set, in the rows' order.
  private func write(
    _ drops: [WholeSetDrop], of step: PreparedStep, _ view: RowsView, to url: URL
  ) throws {
    let sorted = drops.sorted {
      ($0.place.part, $0.place.index) < ($1.place.part, $1.place.index)
    }
    var opened: (part: Int, rows: CleaningInput.Rows)?
    try PassFile.write(to: url) { add in
      for drop in sorted {
        if opened?.part != drop.place.part {
          opened = (drop.place.part, try input.rows(ofPart: drop.place.part))
        }
        guard let row = try opened?.rows.row(at: drop.place.index) else { continue }
        try add(
          DroppedRow(
            place: drop.place, name: row.name, step: step.number, stepName: step.step.name,
            reason: drop.reason, text: view.text(row.text), kept: drop.kept))
      }
    }
  }

  private func writeReport(
    _ report: CleaningReport, _ view: RowsView, _ findings: CleaningFindings
  ) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("pass-") && $0.hasSuffix(".jsonl") }.sorted()
    try CleaningError.wrapping {
      let dropped = try AtomicFile(options.output.appending(path: "dropped.jsonl"))
      for problem in input.problems {
        try dropped.writeLine(
          "{\"row\": \(PythonJSON.string(problem)), \"step\": \"input\", \"reason\": \"no row\"}"
        )
      }
      for name in files { try PassFile.copyRows(from: folder.appending(path: name), to: dropped) }
      try dropped.commit()
      let page = try AtomicFile(options.output.appending(path: "report.html"))
      try page.write(ReportPage(report: report, view: view, findings: findings).html())
      try page.commit()
      let json = try AtomicFile(options.output.appending(path: "report.json"))
      try json.write(report.json())
      try json.commit()
    }
  }
}
