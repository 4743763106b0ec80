import Crypto
import Foundation
import Torch

/// A short name for exactly these weights, kept beside embeddings so that models never mix.
enum ModelFingerprint {
  /// Bytes read of each tensor: training changes all of a tensor, so a sample tells, and a
  /// checkpoint of gigabytes is not read through at every start.
  private static let sampled = 4096

  /// The first 16 hexadecimal digits of a SHA-256 over the architecture and every tensor's name,
  /// shape and sampled bytes.
  static func of(_ encoder: DualEncoder) throws -> String {
    var hash = SHA256()
    var configuration = encoder.configuration
    configuration.name = ""
    hash.update(data: try configuration.json())
    for entry in encoder.parameters.entries where entry.name != "logit_scale" {
      hash.update(data: Data("\(entry.name)\(entry.tensor.shape)".utf8))
      try entry.tensor.withBytes { bytes in
        guard bytes.count > sampled else { return hash.update(bufferPointer: bytes) }
        let part = sampled / 4
        for index in 0..<4 {
          let start = (bytes.count - part) / 3 * index
          hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[start..<start + part]))
        }
      }
    }
    return hash.finalize().prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
