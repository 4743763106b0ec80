import ArgumentParser
import CLIPImages

/// Pictures that could not be read: each is named at once, and the exit code tells.
struct SkippedPictures {
  private var count = 0

  /// Names what a listing left out.
  init(_ failures: [PictureLister.Failure] = []) {
    for failure in failures { add(failure.path, failure.reason) }
  }

  /// Names a picture and why it was left out.
  mutating func add(_ name: String, _ error: any Error) { add(name, "\(error)") }

  private mutating func add(_ name: String, _ reason: String) {
    count += 1
    StandardError.line("skipped \(name): \(reason)")
  }

  /// Ends the command with its own exit code if anything was skipped.
  func finish() throws {
    guard count > 0 else { return }
    StandardError.line(
      "\(count) \(count == 1 ? "picture was" : "pictures were") left out, see above")
    throw ExitCode.someInputsSkipped
  }
}
