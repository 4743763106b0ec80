extension String {
  /// The text as it may be shown to a person: controls and marks of direction are written as `\u{1b}`.
  ///
  /// Names of files and tensors come from strangers: escapes would move a terminal's cursor, line feeds
  /// would forge lines, overrides of direction would turn names round.
  package var showingControls: String {
    guard unicodeScalars.contains(where: Self.isHidden) else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if Self.isHidden(scalar) {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// The same of a text of several lines, whose ends and tabs stay.
  package var showingControlsInLines: String {
    guard unicodeScalars.contains(where: { Self.isHidden($0) && $0 != "\n" && $0 != "\t" }) else {
      return self
    }
    return split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false)
        .map { String($0).showingControls }.joined(separator: "\t")
    }.joined(separator: "\n")
  }

  /// C0 and C1 controls, separators of lines, and marks that change direction.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
