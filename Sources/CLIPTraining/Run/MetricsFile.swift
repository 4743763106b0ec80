import Files
import Foundation

/// `metrics.jsonl`: one JSON object a line, for programs.
final class MetricsFile {
  private let handle: FileHandle
  private let encoder: JSONEncoder

  private struct Place: Decodable {
    let globalStep: Int
    enum CodingKeys: String, CodingKey { case globalStep = "global_step" }
  }

  /// Opens the file; lines of steps that the run takes again are removed.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - globalStep: steps done by the checkpoint that the run goes on from.
  /// - Throws: ``TrainingError`` when the run folder cannot be written.
  init(_ url: URL, resumingAfter globalStep: Int) throws {
    encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let kept = try Self.lines(of: url).filter { line in
      guard let place = try? JSONDecoder().decode(Place.self, from: line) else { return false }
      return place.globalStep <= globalStep && (globalStep > 0 || place.globalStep > 0)
    }
    try TrainingError.wrapping {
      let file = try AtomicFile(url)
      for line in kept {
        try file.write(line)
        try file.write("\n")
      }
      try file.commit()
    }
    handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
  }

  deinit {
    try? handle.close()
  }

  func add(_ record: some Encodable) throws {
    try handle.write(contentsOf: encoder.encode(record) + [0x0A])
  }

  /// The lines that are complete; none where there is no file.
  static func lines(of url: URL) throws -> [Data] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    return try TrainingError.wrapping { try MappedFile(url) }.contents()
      .split(separator: 0x0A).map { Data($0) }
  }
}
