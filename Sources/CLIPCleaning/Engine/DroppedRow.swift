import Files
import Foundation

/// A row that was left out: a line of `dropped.jsonl`.
struct DroppedRow: Sendable, Equatable {
  /// Where the row is: the part of the input, and the place in it.
  struct Place: Sendable, Hashable {
    let part: Int
    let index: Int
  }

  let place: Place
  /// The input's name of the row.
  let name: String
  /// The step's number and name.
  let step: Int
  let stepName: String
  /// The measured value that decided.
  let reason: String
  /// The text as it was when the step looked at it.
  let text: String
  /// The row that stays in its place, for repetitions.
  var kept: Place?

  /// The line, without its end.
  var line: String {
    let other = kept.map { ", \"kept\": [\($0.part), \($0.index)]" } ?? ""
    return """
      {"row": \(PythonJSON.string(name)), "step": \(PythonJSON.string(stepName)), \
      "reason": \(PythonJSON.string(reason)), "text": \(PythonJSON.string(text)), \
      "number": \(step), "place": [\(place.part), \(place.index)]\(other)}
      """
  }
}

extension DroppedRow {
  /// Reads a line that was written before.
  ///
  /// - Throws: `JSONProblem`.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    var strings: [String: String] = [:]
    var numbers: [String: [Int64]] = [:]
    var scanner = JSONScanner(bytes)
    try scanner.object { key, scanner in
      switch scanner.peek() {
      case UInt8(ascii: "\""): strings[key] = try scanner.string()
      case UInt8(ascii: "["):
        var list: [Int64] = []
        try scanner.array { list.append(try $0.integer()) }
        numbers[key] = list
      default: numbers[key] = [try scanner.integer()]
      }
    }
    try scanner.end()
    func place(_ key: String) -> Place? {
      guard let list = numbers[key], list.count == 2 else { return nil }
      return Place(part: Int(list[0]), index: Int(list[1]))
    }
    guard let own = place("place"), let step = numbers["number"]?.first,
      let name = strings["row"], let stepName = strings["step"], let reason = strings["reason"],
      let text = strings["text"]
    else { throw JSONProblem(column: 1, message: "a field is missing") }
    self.place = own
    self.name = name
    self.step = Int(step)
    self.stepName = stepName
    self.reason = reason
    self.text = text
    kept = place("kept")
  }
}

/// A text that a step changed.
struct ChangedText: Sendable, Equatable, Codable {
  let step: Int
  let name: String
  let before: String
  let after: String
}
