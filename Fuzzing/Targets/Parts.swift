import Foundation

/// An input that stands for several files: each begins with a line `==== name`.
struct Parts {
  private var contents: [String: UnsafeRawBufferPointer] = [:]

  private static let mark = Array("==== ".utf8)

  /// Cuts an input; what stands before the first such line has the name "".
  init(_ bytes: UnsafeRawBufferPointer) {
    var name = ""
    var start = 0
    var position = 0
    while position < bytes.count {
      let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
      let line = bytes[position..<end]
      if line.starts(with: Self.mark) {
        contents[name] = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        name = String(decoding: line.dropFirst(Self.mark.count), as: UTF8.self)
        start = min(end + 1, bytes.count)
      }
      position = end + 1
    }
    contents[name] = UnsafeRawBufferPointer(rebasing: bytes[start...])
  }

  /// The bytes under a name; nil if there is no such part.
  subscript(name: String) -> UnsafeRawBufferPointer? { contents[name] }

  /// Writes the parts of some names into a folder, and takes away the others of these names.
  func write(_ names: [String], to folder: String) throws -> URL {
    for name in names {
      if let bytes = self[name] {
        try ScratchFolder.write(bytes, "\(folder)/\(name)")
      } else {
        unlink(ScratchFolder.path("\(folder)/\(name)").path)
      }
    }
    return ScratchFolder.path(folder)
  }
}
