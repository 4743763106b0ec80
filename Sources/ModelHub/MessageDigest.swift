internal import COpenSSL

/// A digest that is computed while the bytes pass, by OpenSSL's libcrypto.
package final class MessageDigest {
  /// The algorithms that hubs and fingerprints use.
  package enum Algorithm {
    case md5
    case sha1
    case sha256
  }

  private let context: OpaquePointer?
  /// Whether OpenSSL has the algorithm; a build for FIPS may refuse MD5.
  package let isAvailable: Bool

  /// Begins a digest.
  package init(_ algorithm: Algorithm) {
    context = EVP_MD_CTX_new()
    let function =
      switch algorithm {
      case .md5: EVP_md5()
      case .sha1: EVP_sha1()
      case .sha256: EVP_sha256()
      }
    isAvailable = context != nil && EVP_DigestInit_ex(context, function, nil) == 1
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Adds bytes.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    guard isAvailable, let base = bytes.baseAddress else { return }
    EVP_DigestUpdate(context, base, bytes.count)
  }

  /// Adds the UTF-8 bytes of a text.
  package func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { update($0) }
  }

  /// The digest in lower-case hexadecimal; nothing may be added after it.
  package func finalize() -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard isAvailable, EVP_DigestFinal_ex(context, &digest, &length) == 1 else { return "" }
    return digest.prefix(Int(length)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
