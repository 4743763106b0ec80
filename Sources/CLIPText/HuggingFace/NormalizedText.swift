/// A text while a tokenizer normalises it.
struct NormalizedText {
  var scalars: [UInt32]
  /// How many code points stand for the first of the source, as `Metaspace` asks; 0 if it was removed.
  private(set) var leadingCount: Int
  private var spare: [UInt32] = []

  init() {
    scalars = []
    leadingCount = 1
  }

  /// Takes another text.
  mutating func reset(to source: some Sequence<UInt32>, beginsSource: Bool) {
    scalars.removeAll(keepingCapacity: true)
    scalars.append(contentsOf: source)
    leadingCount = beginsSource ? 1 : 0
  }

  /// Applies a normaliser.
  mutating func apply(_ step: NormalizerStep, _ facts: ScalarFacts) {
    switch step {
    case .bert(let cleaning): clean(cleaning, facts)
    case .form(let form): normalize(form, facts)
    case .lowercase: lowercase(facts)
    case .stripAccents: remove { facts[$0].contains(.combining) }
    case .strip(let left, let right): strip(left: left, right: right, facts)
    case .replace(let pattern, let content): replace(pattern, by: content)
    case .precompiled(let map):
      expandLeading(to: map.apply(to: &scalars))
    case .prepend(let text):
      if !scalars.isEmpty {
        scalars.insert(contentsOf: text, at: 0)
        expandLeading(to: text.count + 1)
      }
    case .byteLevel:
      if let first = scalars.first { expandLeading(to: UTF8Writer.bytes(of: first).count) }
      ByteLevel.expand(&scalars, &spare)
    case .nmt: applyNMT()
    }
  }

  /// Counts what the first code point becomes.
  private mutating func expandLeading(to count: Int) {
    if leadingCount > 0 { leadingCount += count - 1 }
  }

  private mutating func normalize(_ form: NormalizationForm, _ facts: ScalarFacts) {
    if let first = scalars.first {
      var alone = [first]
      form.apply(to: &alone, facts)
      expandLeading(to: alone.count)
    }
    form.apply(to: &scalars, facts)
  }

  private mutating func clean(_ cleaning: BERTCleaning, _ facts: ScalarFacts) {
    if cleaning.cleans {
      remove { facts[$0].contains(.control) }
      for index in scalars.indices where facts[scalars[index]].contains(.space) {
        scalars[index] = 0x20
      }
    }
    if cleaning.isolatesIdeographs { isolateIdeographs(facts) }
    if cleaning.stripsAccents {
      normalize(.nfd, facts)
      remove { facts[$0].contains(.nonspacing) }
    }
    if cleaning.lowercases { lowercase(facts) }
  }

  private mutating func isolateIdeographs(_ facts: ScalarFacts) {
    guard scalars.contains(where: { facts[$0].contains(.ideograph) }) else { return }
    if facts[scalars[0]].contains(.ideograph) { expandLeading(to: 3) }
    spare.removeAll(keepingCapacity: true)
    for scalar in scalars {
      if facts[scalar].contains(.ideograph) {
        spare.append(0x20)
        spare.append(scalar)
        spare.append(0x20)
      } else {
        spare.append(scalar)
      }
    }
    swap(&scalars, &spare)
  }

  private mutating func lowercase(_ facts: ScalarFacts) {
    var hasDottedI = false
    scalars.withUnsafeMutableBufferPointer { scalars in
      for index in scalars.indices where facts[scalars[index]].contains(.uppercase) {
        if scalars[index] == 0x130 {
          hasDottedI = true
        } else {
          scalars[index] = facts.lowercased(scalars[index])
        }
      }
    }
    guard hasDottedI else { return }
    if scalars[0] == 0x130 { expandLeading(to: 2) }
    scalars = scalars.flatMap { $0 == 0x130 ? [0x69, 0x307] : [$0] }
  }

  private mutating func strip(left: Bool, right: Bool, _ facts: ScalarFacts) {
    func isText(_ scalar: UInt32) -> Bool { !facts[scalar].contains(.space) }
    if right {
      scalars.removeLast(scalars.count - ((scalars.lastIndex(where: isText) ?? -1) + 1))
    }
    if left, let first = scalars.firstIndex(where: isText), first > 0 {
      scalars.removeFirst(first)
      leadingCount = max(0, leadingCount - first)
    } else if left, scalars.allSatisfy({ !isText($0) }) {
      scalars.removeAll(keepingCapacity: true)
    }
  }

  /// Takes code points out.
  private mutating func remove(where isRemoved: (UInt32) -> Bool) {
    guard let first = scalars.firstIndex(where: isRemoved) else { return }
    if first < leadingCount {
      leadingCount -= scalars[first..<min(leadingCount, scalars.count)].count(where: isRemoved)
    }
    var end = first
    for index in first..<scalars.count where !isRemoved(scalars[index]) {
      scalars[end] = scalars[index]
      end += 1
    }
    scalars.removeLast(scalars.count - end)
  }

  private mutating func replace(_ pattern: SplitPattern, by content: [UInt32]) {
    if let scalar = pattern.singleScalar, content.count == 1 {
      for index in scalars.indices where scalars[index] == scalar { scalars[index] = content[0] }
      return
    }
    spare.removeAll(keepingCapacity: true)
    scalars.withUnsafeBufferPointer { scalars in
      var place = 0
      while place < scalars.count {
        guard let end = pattern.match(in: scalars, at: place, end: scalars.count) else {
          spare.append(scalars[place])
          place += 1
          continue
        }
        // What replaces several is taken to stand for the last of them.
        if place == 0 {
          if end <= leadingCount {
            expandLeading(to: content.count - end + 1)
          } else {
            leadingCount = 0
          }
        }
        spare.append(contentsOf: content)
        place = end
      }
    }
    swap(&scalars, &spare)
  }

  /// `Nmt`: SentencePiece's list of control characters and spaces.
  private mutating func applyNMT() {
    remove { scalar in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
      default: false
      }
    }
    for index in scalars.indices {
      switch scalars[index] {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        scalars[index] = 0x20
      default: break
      }
    }
  }
}

/// GPT-2's letters for bytes: printable ones stand for themselves, others for U+0100 and on.
enum ByteLevel {
  /// The letter of each byte.
  static let letters: [UInt32] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<0x100).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// What splits texts before their bytes are encoded, where a file does not say.
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Puts the letters of its bytes in the place of every code point.
  static func expand(_ scalars: inout [UInt32], _ spare: inout [UInt32]) {
    spare.removeAll(keepingCapacity: true)
    for scalar in scalars { append(scalar, to: &spare) }
    swap(&scalars, &spare)
  }

  @inline(__always)
  static func append(_ scalar: UInt32, to letters: inout [UInt32]) {
    UTF8Writer.forEachByte(of: scalar) { letters.append(Self.letters[Int($0)]) }
  }
}
