import Foundation
import Torch
import TorchNN

/// A short name for exactly these weights, kept beside embeddings so that models never mix.
enum ModelFingerprint {
  /// Bytes read of each tensor: training changes all of a tensor, so a sample tells, and a
  /// checkpoint of gigabytes is not read through at every start.
  private static let sampled = 4096

  /// The first 16 hexadecimal digits of a SHA-256 over the architecture and every tensor's name,
  /// shape and sampled bytes.
  static func of(_ encoder: DualEncoder) throws -> String {
    var configuration = encoder.configuration
    configuration.name = ""
    return try hash(configuration.json(), encoder.parameters.entries.filter { $0.part != .shared })
  }

  /// The same of what the image encoder pools before its head, and of how exactly.
  static func ofImageTrunk(_ encoder: DualEncoder) throws -> String {
    struct Trunk: Encodable {
      let image: ImageEncoderConfiguration
      let output: OutputConfiguration
      let preprocessing: Preprocessing
    }
    let configuration = encoder.configuration
    var output = configuration.imageOutput
    output.head = nil
    return try hash(
      ConfigurationFile.encode(
        Trunk(
          image: configuration.image, output: output, preprocessing: configuration.preprocessing)),
      encoder.parameters.entries.filter { $0.part == .image })
  }

  private static func hash(_ json: Data, _ entries: [Parameters.Entry]) throws -> String {
    var hash = SHA256()
    json.withUnsafeBytes { hash.update($0) }
    for entry in entries {
      hash.update("\(entry.name)\(entry.tensor.shape)")
      try entry.tensor.withBytes { bytes in
        guard bytes.count > sampled else { return hash.update(bytes) }
        let part = sampled / 4
        for index in 0..<4 {
          let start = (bytes.count - part) / 3 * index
          hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<start + part]))
        }
      }
    }
    return String(hash.finalize().prefix(16))
  }
}
