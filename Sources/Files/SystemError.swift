import Foundation

/// The operating system's errors in words that fit after a colon.
package enum SystemError {
  /// What an error number means; the last failed call's by default.
  package static func reason(_ code: Int32 = errno) -> String {
    switch code {
    case ENOSPC, EDQUOT: return "the disk is full"
    case EISDIR: return "it is a folder"
    case ENOENT: return "no such file or folder"
    default: break
    }
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// What an error of Foundation means, whose own text names classes and domains.
  package static func reason(_ error: any Error) -> String {
    var error = error as NSError
    while let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error {
      error = cause as NSError
    }
    if error.domain == NSPOSIXErrorDomain { return reason(Int32(error.code)) }
    return error.localizedDescription
  }
}
