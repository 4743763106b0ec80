import ArgumentParser

/// A sentence for the person at the terminal.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension ExitCode {
  /// Results were written, but some inputs could not be read and were left out.
  static let someInputsSkipped = ExitCode(3)
}
