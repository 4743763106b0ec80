import Foundation

/// Bytes of a picture as JSON carries them.
enum PictureSource {
  /// Reads base64, with or without a `data:image/…;base64,` before it.
  ///
  /// - Throws: ``ServerError/invalidRequest(_:)``.
  static func bytes(_ text: String) throws(ServerError) -> Data {
    var encoded = text[...]
    if text.hasPrefix("data:") {
      guard let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64") else {
        throw .invalidRequest("A data address must look like 'data:image/jpeg;base64,…'.")
      }
      encoded = text[text.index(after: comma)...]
    }
    guard let data = Data(base64Encoded: String(encoded), options: .ignoreUnknownCharacters),
      !data.isEmpty
    else {
      throw .invalidRequest("The picture is not valid base64.")
    }
    return data
  }
}
