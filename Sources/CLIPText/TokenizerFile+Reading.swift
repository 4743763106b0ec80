import Files
import Foundation

extension TokenizerFile {
  /// Reads a file whole; one line of it may be as long as the file.
  ///
  /// - Throws: ``CLIPTextError/tokenizerUnsupported(file:problem:)`` for what cannot be read or is too
  ///   large.
  init(_ url: URL, maximumSize: Int) throws(CLIPTextError) {
    let content: [UInt8]
    do throws(FileError) {
      let file = try MappedFile(url)
      guard file.count <= maximumSize else {
        throw .unreadable(path: url.path, reason: "it has more than \(maximumSize >> 20) MiB")
      }
      content = Array(file.contents())
    } catch {
      let problem = if case .unreadable(_, let reason) = error { reason } else { "\(error)" }
      throw .tokenizerUnsupported(file: url.path, problem: problem)
    }
    // Windows' editors put a mark before the text.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.init(
      name: url.lastPathComponent,
      bytes: content.starts(with: mark) ? Array(content.dropFirst(mark.count)) : content)
  }
}
