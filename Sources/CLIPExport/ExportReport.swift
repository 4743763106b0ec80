import Files
public import Foundation

/// What an export has written.
public struct ExportReport: Sendable {
  /// One encoder's comparison with the model.
  public struct Tower: Sendable {
    /// Which encoder.
    public let encoder: ExportedEncoder
    /// Its file, or package.
    public let file: URL
    /// A comparison for each built-in picture or sentence.
    public let checks: [ExportCheck]
  }

  /// The encoders that were written.
  public let towers: [Tower]
  /// All files.
  public let files: [URL]
  /// How TensorRT's engines are built, where that was asked for.
  public let tensorRT: TensorRTFiles?

  /// A model's name as the beginning of file names.
  ///
  /// - Throws: ``ExportError/unsupported(_:)`` for a name that would lead elsewhere.
  static func fileName(_ name: String) throws -> String {
    let name = name.split(separator: "/").last.map(String.init) ?? ""
    guard !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 200 else {
      throw ExportError.unsupported("'\(name)' cannot begin the names of files; give another")
    }
    return name
  }
}

extension ExportError {
  /// Fills a folder as `AtomicFiles` does; sentences name the files' final places.
  static func writing(into folder: URL, _ fill: (URL) throws -> Void) throws -> [URL] {
    var hidden = ""
    do {
      return try AtomicFiles.write(into: folder) { temporary in
        hidden = temporary.path
        try fill(temporary)
      }
    } catch let error as ExportError {
      throw error
    } catch {
      let sentence = "\(error)"
      guard !hidden.isEmpty, sentence.contains(hidden) || error is FileError else { throw error }
      throw ExportError.file(sentence.replacingOccurrences(of: hidden, with: folder.path))
    }
  }
}
