import ArgumentParser
import CLIPSearch

/// A sentence for the person at the terminal.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  /// What a person is told about an error: one line, or several where the error points at a place in
  /// what was typed.
  static func lines(of error: any Error) -> [String] {
    let text = "Error: \(error)"
    guard case SearchError.filter = error else { return [text] }
    return text.split(separator: "\n").map(String.init)
  }
}

extension ExitCode {
  /// Results were written, but some inputs could not be read and were left out.
  static let someInputsSkipped = ExitCode(3)
}
