/// The four normalisation forms of the Unicode Standard (annex 15), over the facts of ``ScalarFacts``.
enum NormalizationForm: Sendable {
  case nfc, nfd, nfkc, nfkd

  private var isComposed: Bool { self == .nfc || self == .nfkc }
  private var isCompatible: Bool { self == .nfkc || self == .nfkd }
  private var changing: ScalarFacts.Flags {
    switch self {
    case .nfc: .changesInNFC
    case .nfd: .changesInNFD
    case .nfkc: .changesInNFKC
    case .nfkd: .changesInNFKD
    }
  }

  /// Normalises code points.
  ///
  /// - Parameters:
  ///   - scalars: A text.
  ///   - facts: What is known of code points.
  ///   - isPython: Whether marks have the order of Python 3.11 instead of that of `tokenizers`.
  func apply(to scalars: inout [UInt32], _ facts: ScalarFacts, asPython isPython: Bool = false) {
    let changing = changing
    guard let first = scalars.firstIndex(where: { !facts[$0].isDisjoint(with: changing) }) else {
      return
    }
    // What goes before may be the base of what changes.
    let start = max(0, first - 1)
    var result = Array(scalars[..<start])
    var classes = [UInt8](repeating: 0, count: start)
    for scalar in scalars[start...] { decompose(scalar, &result, &classes, facts, isPython) }
    order(&result, &classes, from: start)
    if isComposed { compose(&result, classes, from: start, facts) }
    scalars = result
  }

  private func decompose(
    _ scalar: UInt32, _ result: inout [UInt32], _ classes: inout [UInt8], _ facts: ScalarFacts,
    _ isPython: Bool
  ) {
    func append(_ scalar: UInt32) {
      result.append(scalar)
      classes.append(
        UInt8(
          truncatingIfNeeded: isPython
            ? facts.pythonCombiningClass(scalar) : facts.combiningClass(scalar)))
    }
    if Hangul.syllables.contains(scalar) {
      let (initial, vowel, final) = Hangul.jamo(of: scalar)
      append(initial)
      append(vowel)
      if let final { append(final) }
    } else if let parts = facts.decompositions.decomposition(of: scalar, compatible: isCompatible) {
      for part in parts { append(part) }
    } else {
      append(scalar)
    }
  }

  /// Puts each run of marks in the order of their classes; equal ones keep theirs.
  private func order(_ scalars: inout [UInt32], _ classes: inout [UInt8], from start: Int) {
    var index = start
    while index < scalars.count {
      guard classes[index] != 0 else {
        index += 1
        continue
      }
      let end = classes[index...].firstIndex(of: 0) ?? scalars.count
      let isOrdered = zip(classes[index..<end], classes[(index + 1)..<end]).allSatisfy { $0 <= $1 }
      if !isOrdered {
        // The place breaks ties: a text may be one run of marks, and sorting must stay fast.
        let places = (index..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
        let run = places.map { scalars[$0] }
        let runClasses = places.map { classes[$0] }
        scalars.replaceSubrange(index..<end, with: run)
        classes.replaceSubrange(index..<end, with: runClasses)
      }
      index = end
    }
  }

  /// Joins each starter with what follows and is not blocked.
  private func compose(
    _ scalars: inout [UInt32], _ classes: [UInt8], from start: Int, _ facts: ScalarFacts
  ) {
    var end = start
    var starter: Int?
    var lastClass: UInt8?
    for index in start..<scalars.count {
      let (scalar, combiningClass) = (scalars[index], classes[index])
      let isBlocked = lastClass.map { $0 >= combiningClass } ?? false
      if let place = starter, !isBlocked,
        let composite = facts.decompositions.composite(of: scalars[place], scalar)
      {
        scalars[place] = composite
        continue
      }
      if combiningClass == 0 {
        starter = end
        lastClass = nil
      } else if starter != nil {
        lastClass = combiningClass
      }
      scalars[end] = scalar
      end += 1
    }
    scalars.removeLast(scalars.count - end)
  }
}
