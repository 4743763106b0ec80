import CLIPData
import Foundation

/// The rows that stay, as a step sees them.
struct RowsView: Sendable {
  let input: CleaningInput
  let states: RowStates
  let pictures: PictureKnowledge
  let vectors: VectorKnowledge
  /// What earlier steps made of a text.
  let text: @Sendable (String) -> String
  let progress: @Sendable (_ done: Int, _ total: Int) -> Void

  /// A row that stays, with its text as it is now.
  struct Row {
    let place: DroppedRow.Place
    let row: CleaningRow
    let text: String
  }

  /// Something of every row that stays, part by part, in the rows' order; parts are read in parallel.
  func gather<Value: Sendable>(
    _ body: @escaping @Sendable (Row) throws -> Value
  ) throws -> [[Value]] {
    let (input, states, text) = (input, states, text)
    let total = input.rowParts
    try Task.checkCancellation()
    return try concurrentMap(count: total, progress: progress) { part in
      Result {
        let alive = states.alive(part)
        guard !alive.isEmpty else { return [Value]() }
        let rows = try input.rows(ofPart: part)
        return try alive.map { index in
          let row = try rows.row(at: index)
          return try body(
            Row(
              place: DroppedRow.Place(part: part, index: index), row: row, text: text(row.text)))
        }
      }
    }.map { try $0.get() }
  }

  /// Calls `body` with the place of every row that stays, in order, and what was gathered of it.
  func forEach<Value>(
    _ gathered: [[Value]], _ body: (DroppedRow.Place, Value) throws -> Void
  ) rethrows {
    for (part, values) in gathered.enumerated() where !values.isEmpty {
      for (index, value) in zip(states.alive(part), values) {
        try body(DroppedRow.Place(part: part, index: index), value)
      }
    }
  }

  /// Which pictures any row needs, part by part.
  func alivePictures() throws -> [[Bool]] {
    var alive = input.pictureCounts.map { [Bool](repeating: false, count: $0) }
    for references in try gather(\.row.picture) {
      for case .some(let reference) in references { alive[reference.part][reference.index] = true }
    }
    return alive
  }
}

/// What a step about the whole set found.
struct WholeSetDrop: Sendable {
  let place: DroppedRow.Place
  let reason: String
  var kept: DroppedRow.Place?
}

/// A step that decides about all rows together.
protocol WholeSetStep: Sendable {
  /// What has to be known of pictures.
  var needs: PictureMeasures.Needs { get }
  /// Whether vectors of pictures are compared.
  var needsPictureVectors: Bool { get }

  /// The rows to leave out, in any order.
  func decide(_ view: RowsView) throws -> [WholeSetDrop]
}

extension WholeSetStep {
  var needs: PictureMeasures.Needs { [] }
  var needsPictureVectors: Bool { false }
}
