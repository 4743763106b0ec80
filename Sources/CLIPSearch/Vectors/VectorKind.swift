/// The two families of vectors in a library.
enum VectorKind: Int, Sendable {
  case picture = 0
  case caption = 1

  /// Name of the file that holds them ready to be scanned.
  var fileName: String {
    switch self {
    case .picture: "pictures.vectors"
    case .caption: "captions.vectors"
    }
  }
}
