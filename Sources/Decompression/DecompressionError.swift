/// Why bytes could not be unpacked; reads well after a colon.
package enum DecompressionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes are not what the format's writers write.
  case damaged(format: String)
  /// The bytes end before what they pack does.
  case cut(format: String)
  /// More comes out than the caller wants.
  case tooLarge(limit: Int)
  /// The library has no memory.
  case outOfMemory

  package var description: String {
    switch self {
    case .damaged(let format): "the \(format) data are damaged"
    case .cut(let format): "the \(format) data are cut off"
    case .tooLarge(let limit): "it unpacks to more than the expected \(limit) bytes"
    case .outOfMemory: "there is no memory to unpack it"
    }
  }
}
