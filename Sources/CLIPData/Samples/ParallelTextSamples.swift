public import CLIPImages
import Files
public import Foundation

/// Texts without pictures, each with what a teacher reads in its place: a translation, mostly.
///
/// A text encoder so learns another's space, as in mCLIP (Carlsson et al., 2022) and the first stage
/// of AltCLIP (Chen et al., 2022). The file has a line for each,
/// `{"text_id": 3, "text": "一只猫", "taught": "a cat"}`; of several with one number each is a sample.
public struct ParallelTextSamples: SampleSource {
  private let file: String
  private let lines: [Line]

  private struct Line: Decodable {
    let id: Int64
    let text, taught: String
    enum CodingKeys: String, CodingKey {
      case text, taught
      case id = "text_id"
    }
  }

  /// Reads the texts.
  ///
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a line that is none.
  public init(_ url: URL) throws {
    file = url.path
    lines = try Self.lines(
      of: url, Line.self, like: #"{"text_id": …, "text": "…", "taught": "…"}"#)
    guard !lines.isEmpty else { throw DataError.invalidSetting("\(file) holds no texts.") }
  }

  /// The file.
  public var source: String { file }
  /// The number of lines.
  public var count: Int { lines.count }

  /// The texts of a line.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let line = lines[index]
    return Sample(
      imageID: nil, texts: [Sample.Text(id: line.id, text: line.text)], taught: line.taught)
  }

  /// There are none.
  public func imageData(for imageID: Int64) throws -> Data {
    throw DataError.unknownImage(id: imageID, source: file)
  }

  /// There are none.
  public func imageIDs() throws -> [Int64] { [] }
}

extension SampleSource {
  /// The lines of a JSON-lines file that goes with samples.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - type: what a line is.
  ///   - form: how messages show a line.
  ///   - check: what is wrong with a line, if anything.
  /// - Returns: the lines that are not blank.
  /// - Throws: ``DataError/badLine(path:line:problem:)``.
  static func lines<Line: Decodable>(
    of url: URL, _ type: Line.Type, like form: String,
    check: (Line) throws -> String? = { _ in nil }
  ) throws -> [Line] {
    let file = try DataError.wrapping { try MappedFile.text(url) }
    let decoder = JSONDecoder()
    var lines: [Line] = []
    try file.forEachLine { line in
      func bad(_ problem: String) -> DataError {
        .badLine(path: file.path, line: line.number, problem: problem)
      }
      let bytes = file.bytes(in: line.range)
      guard !bytes.isEmpty else { return }
      guard let entry = try? decoder.decode(type, from: Data(bytes)) else {
        throw bad("it is not \(form)")
      }
      if let problem = try check(entry) { throw bad(problem) }
      lines.append(entry)
    }
    return lines
  }
}
