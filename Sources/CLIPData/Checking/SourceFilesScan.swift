package import CLIPImages
package import Files
package import Foundation

/// Everything that stands in `{split}_imgs.tsv` and `{split}_texts.jsonl`, sound or not, with line numbers.
package struct SourceFilesScan: Sendable {
  /// A line with a picture that decodes.
  package struct Image: Sendable {
    package let line: Int
    package let id: RawIdentifier
    /// Where the base64 text lies in the file.
    package let base64: Range<Int>
    /// Equal for equal bytes.
    package let contentKey: UInt64
  }

  /// A line with a caption that can be read.
  package struct Text: Sendable {
    package let line: Int
    package let caption: CaptionLine
  }

  package let imageFile: MappedFile
  package let textFile: MappedFile
  package let images: [Image]
  package let texts: [Text]
  package let problems: [DatasetProblem]

  /// Reads both files and decodes every picture.
  ///
  /// - Throws: ``DataError`` only when a file cannot be opened.
  package init(
    images: URL, texts: URL, decoder: ImageDecoder,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let imageFile = try DataError.wrapping { try MappedFile.text(images) }
    let textFile = try DataError.wrapping { try MappedFile.text(texts) }
    var found: [FileLine] = []
    imageFile.forEachLine { found.append($0) }
    let lines = found
    let results = concurrentMap(count: lines.count, progress: progress) {
      Self.image(lines[$0], in: imageFile, decoder: decoder)
    }
    var problems = results.flatMap(\.problems)
    var captions: [Text] = []
    textFile.forEachLine { line in
      do {
        let caption = try CaptionLine(textFile.bytes(in: line.range))
        captions.append(Text(line: line.number, caption: caption))
      } catch {
        problems.append(
          DatasetProblem(.badCaption, path: textFile.path, line: line.number, "\(error)"))
      }
    }
    self.imageFile = imageFile
    self.textFile = textFile
    self.images = results.compactMap(\.image)
    self.texts = captions
    self.problems = problems
  }

  private struct Result: Sendable {
    var image: Image?
    var problems: [DatasetProblem] = []
  }

  private static func image(
    _ line: FileLine, in file: MappedFile, decoder: ImageDecoder
  ) -> Result {
    var result = Result()
    func report(_ kind: DatasetProblem.Kind, _ message: String) {
      result.problems.append(
        DatasetProblem(kind, path: file.path, line: line.number, message))
    }
    guard let (id, base64) = try? TSVImageFile.columns(of: line.range, in: file) else {
      report(.wrongColumns, TSVProblem.columns.description)
      return result
    }
    if case .name(let name) = id {
      report(.badIdentifier, "the picture's id \"\(name.prefix(64))\" is not a whole number")
    }
    guard let decoded = Base64.decode(file.bytes(in: base64)) else {
      report(.brokenBase64, "the base64 text of picture \(id.text) is cut off or empty")
      return result
    }
    if !decoded.wrapping.isEmpty {
      report(
        .looseBase64,
        "the base64 text of picture \(id.text) stands in \(decoded.wrapping), which others may not read"
      )
    }
    if decoded.foreignCharacters > 0 || decoded.isUnpadded {
      report(
        .looseBase64,
        decoded.foreignCharacters > 0
          ? "the base64 text of picture \(id.text) holds \(decoded.foreignCharacters) foreign characters"
          : "the base64 text of picture \(id.text) lacks its padding")
    }
    do {
      if let warning = try decoder.decode(decoded.data).warning {
        report(.damagedPicture, "picture \(id.text): \(warning)")
      }
    } catch {
      report(.undecodablePicture, "picture \(id.text) cannot be decoded: \(error)")
      return result
    }
    result.image = Image(
      line: line.number, id: id, base64: base64, contentKey: StableHash.hash(decoded.data))
    return result
  }
}

extension RawIdentifier {
  /// The id as the file has it, shortened if it is a long name.
  package var text: String {
    switch self {
    case .number(let number): String(number)
    case .name(let name): "\"\(name.prefix(64))\""
    }
  }
}
