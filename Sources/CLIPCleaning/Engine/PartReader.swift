import Foundation

/// Applies steps to the rows of a part, one row after another.
struct PartReader: Sendable {
  let view: RowsView
  /// Steps of one stage.
  let steps: [PreparedStep]
  let exampleCount: Int

  /// The rows of a part that the steps leave out.
  func read(_ part: Int) throws -> PassFile {
    var pass = PassFile()
    let alive = view.states.alive(part)
    guard !alive.isEmpty else { return pass }
    let rows = try view.input.rows(ofPart: part)
    var changes: [Int: Examples<ChangedText>] = [:]
    // Rows of one caption follow each other.
    var last: (textID: Int64, text: String, verdict: Verdict)?
    let isAboutTexts = steps[0].action.stage == .texts
    for index in alive {
      let row = try rows.row(at: index)
      let verdict: Verdict
      if isAboutTexts, let last, last.textID == row.textID, last.text == row.text {
        verdict = last.verdict
      } else {
        verdict = try self.verdict(row, part, index)
      }
      last = (row.textID, row.text, verdict)
      for change in verdict.changes {
        pass.changed["\(change.step)", default: 0] += 1
        changes[change.step, default: Examples(limit: exampleCount)].offer(
          row.name,
          ChangedText(
            step: change.step, name: row.name, before: change.before, after: change.after))
      }
      if let (step, reason) = verdict.drop {
        pass.dropped.append(
          DroppedRow(
            place: DroppedRow.Place(part: part, index: index), name: row.name, step: step.number,
            stepName: step.step.name, reason: reason, text: verdict.text))
      }
    }
    pass.changes = changes.keys.sorted().flatMap { changes[$0]?.elements ?? [] }
    return pass
  }

  /// What becomes of a row.
  private struct Verdict {
    var text: String
    var drop: (step: PreparedStep, reason: String)?
    var changes: [(step: Int, before: String, after: String)] = []
  }

  private func verdict(_ row: CleaningRow, _ part: Int, _ index: Int) throws -> Verdict {
    var verdict = Verdict(text: view.text(row.text))
    for step in steps {
      var reason: String?
      switch step.action {
      case .change(let change):
        let changed = change(verdict.text)
        if changed != verdict.text {
          verdict.changes.append((step.number, verdict.text, changed))
          verdict.text = changed
        }
      case .text(let check): reason = check(verdict.text)
      case .picture(_, let check):
        guard let reference = row.picture else { continue }
        let measures = try view.pictures.part(reference.part).measures(reference.index)
        reason = measures.failure.map { "cannot be read: \($0)" } ?? check(measures)
      case .pair(let check):
        let cosine = try cosine(row, part, index)
        reason = if let cosine { check(cosine) } else { "cannot be embedded" }
      case .whole: continue
      }
      if let reason {
        verdict.drop = (step, reason)
        break
      }
    }
    return verdict
  }

  /// The cosine of a row's picture and text; nil for a picture without a vector.
  private func cosine(_ row: CleaningRow, _ part: Int, _ index: Int) throws -> Double? {
    guard let reference = row.picture else { return nil }
    let pictures = try view.vectors.pictures(
      reference.part, count: view.pictures.count(reference.part))
    let texts = try view.vectors.texts(part, count: view.states.parts[part].count)
    guard pictures.key(reference.index) != 0, texts.key(index) != 0 else { return nil }
    let (picture, text) = (pictures.vector(reference.index), texts.vector(index))
    guard picture.contains(where: { $0 != 0 }) else { return nil }
    return zip(picture, text).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }
}
