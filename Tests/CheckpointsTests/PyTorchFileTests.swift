import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Hostile PyTorch files")
struct PyTorchFileTests {
  private func refusal(_ tensor: ForgedTensor, storage: Int = 16) throws -> String {
    let folder = try TemporaryFolder()
    let bytes = [UInt8](repeating: 0x3f, count: storage)
    let archive = ForgedArchive.pyTorch(tensor.bytes, storage: bytes)
    return message { try exercise(archive.bytes, in: folder) }
  }

  @Test("tensors that reach outside their storage are refused")
  func outside() throws {
    #expect(try refusal(ForgedTensor()) == "")
    let cases: [(String, ForgedTensor)] = [
      ("is not understood", ForgedTensor(offset: 1)),
      ("is not understood", ForgedTensor(offset: -1)),
      ("is not understood", ForgedTensor(offset: .max)),
      ("is not understood", ForgedTensor(shape: [5])),
      ("is not understood", ForgedTensor(shape: [-4])),
      ("is not understood", ForgedTensor(strides: [2])),
      ("is not understood", ForgedTensor(strides: [-1])),
      ("is not understood", ForgedTensor(shape: [2, 2])),
      ("is not understood", ForgedTensor(shape: [.max], strides: [.max])),
      ("is not understood", ForgedTensor(shape: [.max, .max], strides: [0, 0])),
      ("is not understood", ForgedTensor(storageCount: .max, shape: [.max])),
      ("is not understood", ForgedTensor(storageCount: -1)),
      ("ends too early", ForgedTensor(storageCount: 5)),
      ("ends too early", ForgedTensor(storageCount: 1 << 40, shape: [1 << 40])),
      ("the storage 1 of t is missing", ForgedTensor(key: "1")),
      ("the storage ../../x of t is missing", ForgedTensor(key: "../../x")),
      ("torch.ComplexFloatStorage", ForgedTensor(storageClass: "torch\nComplexFloatStorage")),
      ("asks to call torch.EvilStorage", ForgedTensor(storageClass: "torch\nEvilStorage")),
      ("the size of t in bytes", ForgedTensor(shape: [1 << 50], strides: [0])),
    ]
    for (expected, tensor) in cases {
      let found = try refusal(tensor)
      #expect(found.contains(expected), "\(tensor): \(found)")
    }
  }

  @Test("many views that repeat one storage are refused when together they are too much")
  func repeatedViews() throws {
    // {"a": t, "b": t, …}: one full-size tensor under a hundred names.
    func archive(count: Int) -> ForgedArchive {
      let tensor = ForgedTensor(storageCount: count, shape: [count]).bytes
      // Without protocol, dictionary and key before the tensor, SETITEM and STOP after it.
      let value = tensor.dropFirst(9).dropLast(2)
      let entries = (0..<100).flatMap { [0x58, 1, 0, 0, 0, UInt8($0)] + value }
      return .pyTorch(
        [0x80, 2, 0x7d, 0x28] + entries + Array("u.".utf8),
        storage: [UInt8](repeating: 0, count: 4 * count))
    }
    let folder = try TemporaryFolder()
    #expect(message { try exercise(archive(count: 4).bytes, in: folder) } == "")
    #expect(
      message { try exercise(archive(count: 100_000).bytes, in: folder) }.contains("the size of"))
  }

  @Test("big-endian files are refused")
  func bigEndian() throws {
    let folder = try TemporaryFolder()
    var archive = ForgedArchive.pyTorch(
      ForgedTensor().bytes, storage: [UInt8](repeating: 0, count: 16))
    archive.entries.append(.init(name: "a/byteorder", data: Array("big".utf8)))
    #expect(message { try exercise(archive.bytes, in: folder) }.contains("big-endian"))
    var legacy = try fixtureBytes("views-legacy.pt")
    let key = Array("little_endian".utf8)
    let start = try #require(legacy.indices.first { legacy[$0...].starts(with: key) })
    let value = try #require(legacy[start...].firstIndex(of: 0x88))
    legacy[value] = 0x89
    #expect(message { try exercise(legacy, in: folder) }.contains("big-endian"))
  }

  @Test("a pickle without tensors, and one that is no dictionary, are errors")
  func noTensors() throws {
    let folder = try TemporaryFolder()
    for pickle in ["\u{2}}.", "\u{2}N.", "\u{2}]."] {
      let bytes = [0x80] + Array(pickle.utf8)
      let archive = ForgedArchive.pyTorch(bytes)
      #expect(message { try exercise(archive.bytes, in: folder) }.contains("holds no tensors"))
    }
  }

  @Test("every released-style call is refused inside a whole archive too")
  func calls() throws {
    let folder = try TemporaryFolder()
    for (name, text) in try Pickles.load().bad {
      let archive = ForgedArchive.pyTorch(Pickles.bytes(text))
      let found = message { try exercise(archive.bytes, in: folder) }
      #expect(found.contains("the checkpoint asks to call"), "\(name)")
    }
  }
}
