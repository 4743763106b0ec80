/// A zip archive made byte by byte, so that it can lie.
struct ForgedArchive {
  struct Entry {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// The name in the entry's own header, when it is another one.
    var localName: String?
    /// What the table of contents says instead of the truth.
    var size: UInt32?
    var uncompressedSize: UInt32?
    var offset: UInt32?
  }

  var entries: [Entry]
  var usesLargeForm = false
  var count: UInt16?
  var directoryOffset: UInt32?
  var comment: [UInt8] = []

  /// A PyTorch archive of a pickle and one storage.
  static func pyTorch(_ pickle: [UInt8], storage: [UInt8] = []) -> ForgedArchive {
    ForgedArchive(entries: [
      Entry(name: "a/data.pkl", data: pickle), Entry(name: "a/data/0", data: storage),
    ])
  }

  var bytes: [UInt8] {
    var result: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = UInt32(result.count)
      let size = UInt32(entry.data.count)
      let local = Array((entry.localName ?? entry.name).utf8)
      result += little(0x0403_4b50, 4) + little(20, 2) + little(Int(entry.flags), 2)
      result += little(Int(entry.method), 2) + little(0, 8) + little(Int(size), 4)
      result += little(Int(size), 4) + little(local.count, 2) + little(0, 2) + local + entry.data

      let name = Array(entry.name.utf8)
      let shown = usesLargeForm ? UInt32.max : entry.size ?? size
      let extra =
        usesLargeForm
        ? little(1, 2) + little(24, 2) + little(Int(size), 8) + little(Int(size), 8)
          + little(Int(offset), 8) : []
      directory += little(0x0201_4b50, 4) + little(45, 2) + little(45, 2)
      directory += little(Int(entry.flags), 2) + little(Int(entry.method), 2) + little(0, 8)
      directory += little(Int(shown), 4)
      directory += little(Int(entry.uncompressedSize ?? shown), 4)
      directory += little(name.count, 2) + little(extra.count, 2) + little(0, 10)
      directory += little(Int(usesLargeForm ? .max : entry.offset ?? offset), 4) + name + extra
    }
    let start = result.count
    result += directory
    if usesLargeForm {
      let end = result.count
      result += little(0x0606_4b50, 4) + little(44, 8) + little(45, 2) + little(45, 2)
      result += little(0, 8) + little(entries.count, 8) + little(entries.count, 8)
      result += little(directory.count, 8) + little(start, 8)
      result += little(0x0706_4b50, 4) + little(0, 4) + little(end, 8) + little(1, 4)
    }
    let number = usesLargeForm ? 0xffff : Int(count ?? UInt16(entries.count))
    result += little(0x0605_4b50, 4) + little(0, 4) + little(number, 2) + little(number, 2)
    result += little(usesLargeForm ? 0xffff_ffff : directory.count, 4)
    result += little(usesLargeForm ? 0xffff_ffff : Int(directoryOffset ?? UInt32(start)), 4)
    return result + little(comment.count, 2) + comment
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// The pickle of `{"t": tensor}`, whose numbers can lie.
struct ForgedTensor {
  var storageClass = "torch\nFloatStorage"
  var key = "0"
  var storageCount = 4
  var offset = 0
  var shape = [4]
  var strides = [1]

  var bytes: [UInt8] {
    var result: [UInt8] = [0x80, 2] + Array("}".utf8) + text("t")
    result += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
    result += text("storage") + Array("c\(storageClass)\n".utf8) + text(key) + text("cpu")
    result += number(storageCount) + Array("tQ".utf8) + number(offset)
    result += Array("(".utf8) + shape.flatMap(number) + Array("t(".utf8)
    result += strides.flatMap(number) + Array("t".utf8) + [0x89] + Array("}tRs.".utf8)
    return result
  }

  private func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [0x58, UInt8(bytes.count), 0, 0, 0] + bytes
  }

  private func number(_ value: Int) -> [UInt8] {
    [0x8a, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
