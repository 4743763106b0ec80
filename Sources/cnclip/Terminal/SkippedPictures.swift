import ArgumentParser
import CLIPEvaluation
import CLIPImages

/// Pictures that could not be read: each is named at once, and the exit code tells.
///
/// Damaged ones that could be read are named too, and are no failure.
struct SkippedPictures {
  private var count = 0
  private var warnings = 0

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

  /// Names a picture that was read though something is wrong with it.
  mutating func warn(_ name: String, _ warning: String) {
    warnings += 1
    StandardError.line("warning: \(name): \(warning)")
  }

  /// Names what an evaluation left out, and what it read though it is damaged.
  mutating func add(_ pictures: EmbeddedPictures) {
    for picture in pictures.unreadable { add(picture.path, picture.reason) }
    for picture in pictures.damaged { warn(picture.path, picture.reason) }
  }

  /// Ends the command with its own exit code if anything was skipped.
  func finish() throws {
    if warnings > 0 {
      let pictures = warnings == 1 ? "picture was" : "pictures were"
      StandardError.line("\(warnings) \(pictures) read though damaged, see above")
    }
    guard count > 0 else { return }
    StandardError.line(
      "\(count) \(count == 1 ? "picture was" : "pictures were") left out, see above")
    throw ExitCode.someInputsSkipped
  }
}
