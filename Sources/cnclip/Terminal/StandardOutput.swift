import Files

// The stream is a variable there; nothing here sets it.
#if canImport(Glibc)
  @preconcurrency import Glibc
#else
  @preconcurrency import Darwin
#endif

/// Where results go.
enum StandardOutput {
  /// Hands over what `print` has gathered, and fails where not all of it got out: to a full disk, for
  /// one.
  static func finish() throws {
    let isWhole = fflush(stdout) == 0
    let reason = SystemError.reason()
    guard isWhole, ferror(stdout) == 0 else {
      throw CommandFailure("cannot write standard output: \(reason)")
    }
  }
}
