/// Finds any of many words in a text in one pass (Aho and Corasick, 1975), on bytes of UTF-8.
///
/// Letters' case does not matter where lower case takes as many bytes, which is so for all that such
/// lists hold.
package struct WordMatcher: Sendable {
  /// The words as given, without blank ones.
  package let words: [String]
  /// Where a state leads by a byte: `state << 8 | byte`.
  private var transitions: [UInt64: Int32] = [:]
  /// Where to go on when no transition fits.
  private var failures: [Int32] = [0]
  /// The word that ends at a state, or the longest that ends there behind it; -1 for none.
  private var ends: [Int32] = [-1]
  /// The next state on the way of failures at which a word ends; 0 for none.
  private var outputs: [Int32] = [0]

  package init(_ words: [String]) {
    self.words = words.filter { !$0.isEmpty }
    var children: [[(byte: UInt8, state: Int32)]] = [[]]
    for (number, word) in self.words.enumerated() {
      var state: Int32 = 0
      for byte in word.lowercased().utf8 {
        let key = Self.key(state, byte)
        if let next = transitions[key] {
          state = next
        } else {
          let next = Int32(ends.count)
          transitions[key] = next
          children[Int(state)].append((byte, next))
          children.append([])
          ends.append(-1)
          failures.append(0)
          outputs.append(0)
          state = next
        }
      }
      if ends[Int(state)] < 0 { ends[Int(state)] = Int32(number) }
    }
    var queue = children[0].map(\.state)
    var first = 0
    while first < queue.count {
      let state = queue[first]
      first += 1
      for (byte, child) in children[Int(state)] {
        failures[Int(child)] = step(from: failures[Int(state)], byte)
        queue.append(child)
      }
      let failure = Int(failures[Int(state)])
      outputs[Int(state)] = ends[failure] >= 0 ? Int32(failure) : outputs[failure]
    }
  }

  private static func key(_ state: Int32, _ byte: UInt8) -> UInt64 {
    UInt64(UInt32(bitPattern: state)) << 8 | UInt64(byte)
  }

  private func step(from start: Int32, _ byte: UInt8) -> Int32 {
    var state = start
    while true {
      if let next = transitions[Self.key(state, byte)] { return next }
      guard state != 0 else { return 0 }
      state = failures[Int(state)]
    }
  }

  /// The word whose end comes first in a text, if there is any.
  package func first(in text: String) -> String? {
    var state: Int32 = 0
    for byte in text.lowercased().utf8 {
      state = step(from: state, byte)
      if ends[Int(state)] >= 0 { return words[Int(ends[Int(state)])] }
      if outputs[Int(state)] != 0 { return words[Int(ends[Int(outputs[Int(state)])])] }
    }
    return nil
  }

  /// Numbers of all words in a text, each once, ascending.
  package func all(in text: String) -> [Int] {
    var found = Set<Int>()
    forEachMatch(in: Array(text.lowercased().utf8)) { word, _ in found.insert(word) }
    return found.sorted()
  }

  /// Calls `body` with each word and the offset behind its end, in bytes.
  func forEachMatch(in bytes: [UInt8], _ body: (_ word: Int, _ end: Int) -> Void) {
    var state: Int32 = 0
    for (place, byte) in bytes.enumerated() {
      state = step(from: state, byte)
      var match = ends[Int(state)] >= 0 ? state : outputs[Int(state)]
      while match != 0 {
        body(Int(ends[Int(match)]), place + 1)
        match = outputs[Int(match)]
      }
    }
  }
}
