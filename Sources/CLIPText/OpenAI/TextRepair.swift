/// What PyPI's `ftfy.fix_text` does to a text, but for mojibake.
///
/// Done: character references of HTML, C1 controls as Windows' characters, ligatures, full and half
/// width, straight quotes, line breaks, terminal escapes, control characters, NFC; again until
/// nothing changes. Not done: `fix_encoding`, which guesses that a text was decoded by a wrong table
/// ("âœ”" for "✔").
struct TextRepair: Sendable {
  private let facts = ScalarFacts.shared
  private let references = HTMLReferences.shared

  /// Rounds after which a text is taken as it is: every round may undo one of many nested references.
  private static let maximumRounds = 16

  /// Repairs a text, line by line; after a line with `<` references stay.
  func apply(to scalars: inout [UInt32]) {
    guard scalars.contains(where: { $0 >= 0x7F || $0 < 0x20 || $0 == 0x26 }) else { return }
    var result: [UInt32] = []
    var readsReferences = true
    var start = 0
    while start < scalars.count {
      let end = scalars[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? scalars.count
      var line = Array(scalars[start..<end])
      readsReferences = readsReferences && !line.contains(0x3C)
      for _ in 0..<Self.maximumRounds {
        let before = line
        repairOnce(&line, readsReferences)
        if line == before { break }
      }
      result += line
      start = end
    }
    scalars = result
  }

  private func repairOnce(_ line: inout [UInt32], _ readsReferences: Bool) {
    if readsReferences { line = withoutReferences(line) }
    line = line.flatMap(replacement)
    breakLines(&line)
    removeTerminalEscapes(&line)
    line.removeAll(where: isControl)
    NormalizationForm.nfc.apply(to: &line, facts, asPython: true)
  }

  // MARK: References

  /// Replaces `&name;` and `&#number;`, and names in capitals that mean capitals.
  private func withoutReferences(_ line: [UInt32]) -> [UInt32] {
    guard line.contains(0x26) else { return line }
    var result: [UInt32] = []
    var place = 0
    while place < line.count {
      guard line[place] == 0x26, let end = referenceEnd(in: line, at: place) else {
        result.append(line[place])
        place += 1
        continue
      }
      result += text(of: Array(line[place..<end]))
      place = end
    }
    return result
  }

  /// Where `&#?[0-9A-Za-z]{1,24};` ends.
  private func referenceEnd(in line: [UInt32], at start: Int) -> Int? {
    var place = start + 1
    if place < line.count, line[place] == 0x23 { place += 1 }
    let first = place
    while place < line.count, place - first < 25, isAlphanumeric(line[place]) { place += 1 }
    let isWhole = place < line.count && line[place] == 0x3B && (1...24).contains(place - first)
    return isWhole ? place + 1 : nil
  }

  private func text(of reference: [UInt32]) -> [UInt32] {
    if reference[1] == 0x23 {
      let text = references.replaced(in: reference)
      return text.contains(0x3B) ? reference : text
    }
    let name = String(
      String.UnicodeScalarView(reference.dropFirst().compactMap { Unicode.Scalar($0) }))
    if let text = references.scalars(named: name) { return text }
    guard name == name.uppercased(), references.replaced(in: reference) == reference,
      let text = references.scalars(named: name.lowercased())
    else { return reference }
    return text.flatMap { scalar in
      Unicode.Scalar(scalar)?.properties.uppercaseMapping.unicodeScalars.map(\.value) ?? [scalar]
    }
  }

  private func isAlphanumeric(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }

  // MARK: Characters

  private func replacement(of scalar: UInt32) -> [UInt32] {
    switch scalar {
    case 0x80...0x9F: return [Windows1252.scalar(of: scalar)]
    case 0x2018...0x201B, 0x02BC: return [0x27]
    case 0x201C...0x201F: return [0x22]
    case 0x3000: return [0x20]
    case 0x0149: return [0x27, 0x6E]
    case 0x0132, 0x0133, 0x01C4...0x01CC, 0x01F1...0x01F3, 0xFB00...0xFB06: return ligature(scalar)
    case 0xFF01...0xFFEF:
      return facts.decompositions.decomposition(of: scalar, compatible: true).map(Array.init)
        ?? [scalar]
    default: return [scalar]
    }
  }

  /// The letters of a ligature, of which the long s stays and carons stay on their letters.
  private func ligature(_ scalar: UInt32) -> [UInt32] {
    if scalar == 0xFB05 { return [0x017F, 0x74] }
    var letters = Array(
      facts.decompositions.decomposition(of: scalar, compatible: true) ?? [scalar])
    NormalizationForm.nfc.apply(to: &letters, facts)
    return letters
  }

  private func breakLines(_ line: inout [UInt32]) {
    guard line.contains(where: { [0x0D, 0x2028, 0x2029, 0x85].contains($0) }) else { return }
    var result: [UInt32] = []
    for (index, scalar) in line.enumerated() {
      switch scalar {
      case 0x0D where index + 1 < line.count && line[index + 1] == 0x0A: break
      case 0x0D, 0x2028, 0x2029, 0x85: result.append(0x0A)
      default: result.append(scalar)
      }
    }
    line = result
  }

  /// Removes `ESC [ numbers letter`.
  private func removeTerminalEscapes(_ line: inout [UInt32]) {
    guard line.contains(0x1B) else { return }
    var result: [UInt32] = []
    var place = 0
    while place < line.count {
      var end = place + 2
      if line[place] == 0x1B, end <= line.count, line[place + 1] == 0x5B {
        while end < line.count, (0x30...0x39).contains(line[end]) || line[end] == 0x3B { end += 1 }
        if end < line.count, isAlphanumeric(line[end]) {
          place = end + 1
          continue
        }
      }
      result.append(line[place])
      place += 1
    }
    line = result
  }

  private func isControl(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
    default: false
    }
  }
}
