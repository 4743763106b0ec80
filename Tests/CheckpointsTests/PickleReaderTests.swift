import Checkpoints
import Foundation
import TestSupport
import Testing

/// The pickles of the fixtures' script.
struct Pickles: Decodable {
  let good: [String: String]
  let bad: [String: String]

  static func load() throws -> Pickles {
    try JSONDecoder().decode(
      Pickles.self, from: Data(contentsOf: checkpointFixture("pickles.json")))
  }

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8).map {
      UInt8(Character(Unicode.Scalar($0)).hexDigitValue ?? 0)
    }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  func read(_ name: String) throws -> PickleValue {
    let text = try #require(good[name])
    return try PickleReader(source: name).read(Self.bytes(text))
  }
}

@Suite("Reading pickles")
struct PickleReaderTests {
  @Test("the tuples of Chinese-CLIP's LMDB are read in every protocol", arguments: 2...5)
  func records(pickleProtocol: Int) throws {
    let expected = PickleValue.tuple([
      .integer(7_454_547_004), .integer(8428), .string("高级感托特包斜挎"),
    ])
    #expect(try Pickles.load().read("record \(pickleProtocol)") == expected)
  }

  @Test("the byte example of the original's documentation is read")
  func documentedExample() throws {
    let bytes = Pickles.bytes(
      "80034a796c10004dec205818000000e9ab98e7baa7e6849fe68998e789b9e58c85e6969ce68c8e71008771012e")
    let value = try PickleReader(source: "pairs").read(bytes)
    #expect(value == .tuple([.integer(1_076_345), .integer(8428), .string("高级感托特包斜挎")]))
  }

  @Test("every plain value is read as what it is", arguments: 3...5)
  func values(pickleProtocol: Int) throws {
    let expected: [PickleValue] = [
      .integer(1), .integer(-1), .integer(255), .integer(256), .integer(65536),
      .integer(-2_147_483_648), .integer(2_147_483_648), .integer(.min), .integer(.max),
      .number(1.5), .boolean(true), .boolean(false), .none, .string(""), .string("字"),
      .bytes([0, 255]), .list([.integer(1), .list([.integer(2)])]), .tuple([]),
      .tuple([.integer(1)]), .tuple([.integer(1), .integer(2)]),
      .tuple([.integer(1), .integer(2), .integer(3)]),
      .tuple([.integer(1), .integer(2), .integer(3), .integer(4)]),
      .dictionary([PickleEntry(key: .string("a"), value: .integer(1))]),
    ]
    #expect(try Pickles.load().read("values \(pickleProtocol)") == .list(expected))
  }

  @Test("a list that was remembered before it was filled is full everywhere", arguments: 2...5)
  func sharing(pickleProtocol: Int) throws {
    let inner = PickleValue.list([.string("x")])
    #expect(try Pickles.load().read("shared \(pickleProtocol)") == .list([inner, inner]))
  }

  @Test("long texts and sets are read")
  func longTexts() throws {
    let pickles = try Pickles.load()
    for number in 2...5 {
      #expect(
        try pickles.read("long text \(number)").stringValue == String(repeating: "字", count: 400))
    }
    for number in 4...5 { #expect(try pickles.read("set \(number)") == .set([.integer(1)])) }
  }

  @Test("calls are refused by name and leave no trace")
  func calls() throws {
    let pickles = try Pickles.load()
    #expect(pickles.bad.count == 20)
    for (name, text) in pickles.bad {
      let reader = PickleReader(source: "weights.pt", allowedGlobals: .checkpoint)
      let refusal = message { _ = try reader.read(Pickles.bytes(text)) }
      let function =
        switch name.dropLast(2) {
        case "os.system": "posix.system"
        case "builtins.eval": name.hasSuffix("2") ? "__builtin__.eval" : "builtins.eval"
        // Protocol 2 names the module that Python 2 had.
        case "subprocess": name.hasSuffix("2") ? "commands.Popen" : "subprocess.Popen"
        case "nested": name.hasSuffix("2") ? "__builtin__.exec" : "builtins.exec"
        default: "torch.storage._load_from_bytes"
        }
      #expect(
        refusal == "weights.pt: the checkpoint asks to call \(function); only tensors, containers, "
          + "numbers and strings are read, and nothing of it was executed.", "\(name)")
    }
  }

  @Test("without a list of names even harmless ones are refused")
  func noGlobals() throws {
    let pickle =
      Array("\u{80}\u{02}".unicodeScalars.map { UInt8($0.value) })
      + Array("ccollections\nOrderedDict\n)R.".utf8)
    #expect(throws: CheckpointError.refusedGlobal(source: "x", name: "collections.OrderedDict")) {
      try PickleReader(source: "x").read(pickle)
    }
    let value = try PickleReader(source: "x", allowedGlobals: .checkpoint).read(pickle)
    #expect(value.entries == [])
  }
}
