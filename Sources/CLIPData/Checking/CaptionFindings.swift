/// What is wrong or remarkable about captions that can be read.
enum CaptionFindings {
  /// A caption and its line, if it has one.
  struct Item {
    let line: Int?
    let caption: CaptionLine
  }

  /// The characters that a context of 52 holds besides its first and last token.
  private static let usualLength = 50

  static func find(
    _ items: [Item], path: String, images: Set<RawIdentifier>
  ) -> [DatasetProblem] {
    var problems: [DatasetProblem] = []
    var placeOfID: [RawIdentifier: Int] = [:]
    var placeOfText: [String: Int] = [:]
    for (index, item) in items.enumerated() {
      let caption = item.caption
      func report(_ kind: DatasetProblem.Kind, _ message: String) {
        problems.append(DatasetProblem(kind, path: path, line: item.line, message))
      }
      func place(_ other: Int) -> String {
        items[other].line.map { "in line \($0)" } ?? "text \(items[other].caption.textID.text)"
      }
      if case .name = caption.textID {
        report(.badIdentifier, "text_id \(caption.textID.text) is not a whole number")
      }
      if let other = placeOfID[caption.textID] {
        report(
          .repeatedTextIdentifier, "text_id \(caption.textID.text) is used \(place(other)) already")
      } else {
        placeOfID[caption.textID] = index
      }
      let text = CaptionKey.normalized(caption.text)
      if text.isEmpty {
        report(.emptyCaption, "text \(caption.textID.text) is blank")
      } else if let other = placeOfText[text] {
        report(.equalCaptions, "the same text stands \(place(other)): \(caption.text.prefix(40))")
      } else {
        placeOfText[text] = index
      }
      let length = caption.text.unicodeScalars.count
      if length > usualLength {
        report(.longCaption, "the text has \(length) characters; a context of 52 cuts it")
      }
      references(of: caption, among: images, report)
    }
    return problems
  }

  private static func references(
    of caption: CaptionLine, among images: Set<RawIdentifier>,
    _ report: (DatasetProblem.Kind, String) -> Void
  ) {
    var seen = Set<RawIdentifier>()
    for id in caption.imageIDs {
      if !seen.insert(id).inserted {
        report(.repeatedReference, "image_ids names picture \(id.text) twice")
      } else if !images.contains(id) {
        report(.danglingPicture, "image_ids names picture \(id.text), which is not there or broken")
      }
    }
    if caption.imageIDs.isEmpty {
      report(.captionWithoutPicture, "text \(caption.textID.text) names no picture")
    }
    if seen.count > 1 {
      report(
        .captionOfSeveralPictures,
        "the text belongs to \(seen.count) pictures: \(caption.text.prefix(40))")
    }
  }

  /// Pictures that no caption names.
  static func unused(
    _ images: [(line: Int?, id: RawIdentifier)], path: String, captions: [CaptionLine]
  ) -> [DatasetProblem] {
    let used = Set(captions.flatMap(\.imageIDs))
    return images.filter { !used.contains($0.id) }.map {
      DatasetProblem(
        .unusedPicture, path: path, line: $0.line, "no caption names picture \($0.id.text)")
    }
  }
}
