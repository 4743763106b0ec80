/// What filters mean, for pictures at hand: what stores make of them must be the same.
extension PictureFilter.Condition {
  /// Whether the condition holds for a picture.
  package func holds(for picture: Picture) -> Bool {
    switch self {
    case .and(let left, let right): left.holds(for: picture) && right.holds(for: picture)
    case .or(let left, let right): left.holds(for: picture) || right.holds(for: picture)
    case .not(let condition): !condition.holds(for: picture)
    case .comparison(let field, .notEqual, let value):
      !Self.comparison(field, .equal, value).holds(for: picture)
    case .comparison(let field, let comparison, .number(let number)):
      Self.compare(Self.number(field, of: picture), comparison, number)
    case .comparison(.taken, let comparison, .text(let text)):
      Self.date(picture.taken ?? "", comparison, text)
    case .comparison(let field, let comparison, .text(let text)):
      Self.texts(field, of: picture).contains {
        Self.holds(field, comparison, text, for: $0)
      }
    }
  }

  /// Whether a text is, or contains, what a field is compared with; for `=` and `~`.
  package static func holds(
    _ field: PictureFilter.Field, _ comparison: PictureFilter.Comparison, _ text: String,
    for value: String
  ) -> Bool {
    comparison == .contains
      ? value.contains(text, ignoringCase: true)
      : value.utf8.elementsEqual(text.utf8)
        || (field == .folder && value.utf8.reversed().starts(with: ("/" + text).utf8.reversed()))
  }

  private static func number(_ field: PictureFilter.Field, of picture: Picture) -> Int64 {
    switch field {
    case .width: Int64(picture.width)
    case .height: Int64(picture.height)
    default: picture.size
    }
  }

  private static func texts(_ field: PictureFilter.Field, of picture: Picture) -> [String] {
    switch field {
    case .folder: [Paths.split(picture.path).folder]
    case .name: [Paths.split(picture.path).name]
    case .path: [picture.path]
    case .format: [picture.format]
    case .camera: [picture.camera ?? ""]
    case .caption: [picture.caption ?? ""]
    default: picture.tags
    }
  }

  private static func compare(
    _ value: Int64, _ comparison: PictureFilter.Comparison, _ other: Int64
  ) -> Bool {
    switch comparison {
    case .less: value < other
    case .lessOrEqual: value <= other
    case .greater: value > other
    case .greaterOrEqual: value >= other
    default: value == other
    }
  }

  /// A date stands for all moments that begin with it.
  private static func date(
    _ taken: String, _ comparison: PictureFilter.Comparison, _ text: String
  ) -> Bool {
    guard !text.isEmpty else { return taken.isEmpty }
    let isWithin = taken.hasPrefix(text)
    switch comparison {
    case .contains: return taken.contains(text, ignoringCase: true)
    case .less: return !taken.isEmpty && taken < text
    case .lessOrEqual: return !taken.isEmpty && (taken < text || isWithin)
    case .greater: return taken > text && !isWithin
    case .greaterOrEqual: return taken >= text
    case .equal, .notEqual: return isWithin
    }
  }
}

extension String {
  /// Whether a text is part of this one; small and capital Latin letters are the same.
  fileprivate func contains(_ text: String, ignoringCase: Bool) -> Bool {
    func folded(_ text: String) -> [UInt8] {
      text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
    }
    return text.isEmpty || folded(self).firstRange(of: folded(text)) != nil
  }
}
