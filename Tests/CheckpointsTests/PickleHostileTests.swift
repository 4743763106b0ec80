import Checkpoints
import TestSupport
import Testing

@Suite("Hostile pickles")
struct PickleHostileTests {
  private static func refusal(_ bytes: [UInt8]) -> String {
    let reader = PickleReader(source: "p", allowedGlobals: .torchScript)
    return message { _ = try reader.read(bytes) }
  }

  private func refusal(_ bytes: [UInt8]) -> String { Self.refusal(bytes) }

  private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test("operations that make objects or reach outside are refused by name")
  func operations() {
    #expect(refusal([0x80, 2] + text("(ios\nsystem\n.")).contains("INST (makes an object)"))
    #expect(refusal([0x80, 2] + text("(o.")).contains("OBJ (makes an object)"))
    #expect(refusal([0x80, 4, 0x29, 0x29, 0x7d, 0x92, 0x2e]).contains("NEWOBJ_EX"))
    #expect(refusal([0x80, 2, 0x82, 1, 0x2e]).contains("EXT (calls a registered function)"))
    #expect(refusal([0x80, 5, 0x97, 0x2e]).contains("a buffer outside the pickle"))
    #expect(refusal(text("I1\n.")).contains("pickle protocol 0"))
    #expect(refusal([0x80, 2, 0xff]).contains("the byte 0xff at byte 2"))
    #expect(refusal([0x80, 9, 0x4e, 0x2e]).contains("pickle protocol 9 is unknown"))
  }

  @Test("a call of something that is no name is refused")
  func indirectCalls() {
    #expect(refusal([0x80, 2, 0x4b, 1, 0x29, 0x52, 0x2e]).contains("not a named function"))
    // The result of an allowed call, called again.
    let twice = text("ccollections\nOrderedDict\n)R)R.")
    #expect(refusal([0x80, 2] + twice).contains("not a named function"))
    #expect(refusal([0x80, 2] + text("ctorch\nSize\nNR.")).contains("are no tuple"))
  }

  @Test("a state is set only on what was made by an allowed name, and once")
  func states() {
    #expect(refusal([0x80, 2, 0x5d, 0x7d, 0x62, 0x2e]).contains("sets the state of something"))
    #expect(refusal([0x80, 2] + text("ctorch\nSize\n}b.")).contains("sets the state of something"))
    #expect(
      refusal([0x80, 2] + text("ctorch\nSize\n)R}b}b.")).contains("sets the state of something"))
  }

  @Test("a stack that runs empty, a missing mark and an unknown memory are errors")
  func emptyStacks() {
    for bytes: [UInt8] in [
      [0x2e], [0x30], [0x31], [0x85, 0x2e], [0x28, 0x86, 0x2e], [0x74], [0x61], [0x65], [0x73],
      [0x75], [0x90], [0x91], [0x93], [0x52], [0x81], [0x62], [0x51], [0x94], [0x71, 0],
      [0x68, 7, 0x2e], [0x6a, 1, 2, 3, 4, 0x2e], [0x4e, 0x28, 0x2e], [0x4e, 0x28, 0x61, 0x2e],
      [0x7d, 0x28, 0x4e, 0x75, 0x2e], [0x4e, 0x4e, 0x61, 0x2e], [0x4e, 0x4e, 0x4e, 0x73, 0x2e],
    ] {
      #expect(refusal([0x80, 4] + bytes).contains("p: "), "\(bytes)")
    }
  }

  @Test("lengths beyond the data are errors before memory is taken")
  func lengths() {
    let huge: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
    #expect(refusal([0x80, 4, 0x8d] + huge).contains("ends too early"))
    #expect(refusal([0x80, 4, 0x8e] + huge).contains("ends too early"))
    #expect(refusal([0x80, 5, 0x96] + huge.dropLast() + [0xff]).contains("a count at byte"))
    #expect(refusal([0x80, 2, 0x58, 0xff, 0xff, 0xff, 0xff]).contains("ends too early"))
    #expect(refusal([0x80, 2, 0x8b, 0xff, 0xff, 0xff, 0xff]).contains("a count at byte"))
    let long = [UInt8](repeating: 1, count: 100_000)
    #expect(
      refusal([0x80, 2, 0x8b, 0xa0, 0x86, 1, 0] + long + [0x2e])
        .contains("the length of a number in bytes is 100000"))
  }

  @Test("containers a million deep are refused, however they are nested")
  func depth() {
    let count = 900_000
    let tuples = [0x29] + [UInt8](repeating: 0x85, count: count)
    #expect(refusal([0x80, 2] + tuples + [0x2e]).contains("the depth of containers"))
    let lists = [UInt8](repeating: 0x5d, count: count) + [UInt8](repeating: 0x61, count: count - 1)
    #expect(refusal([0x80, 2] + lists + [0x2e]).contains("the depth of containers"))
    let ids = [0x4e] + [UInt8](repeating: 0x51, count: count)
    #expect(refusal([0x80, 2] + ids + [0x2e]).contains("the depth of containers"))
    let marks = [UInt8](repeating: 0x28, count: 2_000_000)
    #expect(refusal([0x80, 2] + marks).contains("the number of values"))
  }

  @Test("a few bytes that stand for a billion values are refused")
  func expansion() {
    // Each list holds the one before ten times.
    var bytes: [UInt8] = [0x80, 4, 0x5d, 0x94]
    for level in 0..<30 {
      bytes += [0x5d, 0x94, 0x28]
      for _ in 0..<10 { bytes += [0x68, UInt8(level)] }
      bytes.append(0x65)
    }
    #expect(refusal(bytes + [0x2e]).contains("shared ones written out"))
  }

  @Test("a container that contains itself is refused")
  func cycles() {
    #expect(refusal([0x80, 4, 0x5d, 0x94, 0x68, 0, 0x61, 0x2e]).contains("contains itself"))
    let object = [0x80, 4] + text("ctorch\nSize\n)R") + [0x94, 0x68, 0, 0x62, 0x2e]
    #expect(refusal(object).contains("contains itself"))
  }

  // In a process of its own: the peak of this one is everybody's.
  @Test("floods of values, memories and calls end at the limit with bounded memory")
  func floods() async {
    await #expect(processExitsWith: .success) {
      let before = try peakMemory()
      let count = 3_000_000
      let floods = [
        [0x80, 4] + [UInt8](repeating: 0x5d, count: count),
        [0x80, 4, 0x4e] + [UInt8](repeating: 0x94, count: count),
        [0x80, 4, 0x4e, 0x94] + (0..<2 * count).map { $0 % 2 == 0 ? 0x68 : 0 },
      ]
      for flood in floods {
        #expect(PickleHostileTests.refusal(flood).contains("number of values"))
      }
      #expect(try peakMemory() - before < 1 << 30)
    }
  }

  @Test("bytes that are no pickle never crash the reader")
  func noise() {
    var generator = SplitMix(state: 20_241_107)
    let operations: [UInt8] =
      Array("(.0NJKMGXUTCB)t]ae}su\u{7f}hjqrcRbQ1".utf8) + [
        0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91,
        0x93, 0x94, 0x95, 0x96,
      ]
    var values = 0
    for _ in 0..<20_000 {
      let length = Int.random(in: 0..<60, using: &generator)
      let bytes = (0..<length).map { _ in
        Bool.random(using: &generator)
          ? operations.randomElement(using: &generator) ?? 0
          : UInt8.random(in: 0...8, using: &generator)
      }
      if refusal(bytes + [0x2e]).isEmpty { values += 1 }
    }
    #expect(values > 0)
  }
}
