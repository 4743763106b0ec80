/// What the bytes of a file must hash to, in lower-case hexadecimal.
public enum Checksum: Hashable, Sendable, Codable {
  /// SHA-256, as both hubs give it for large files.
  case sha256(String)
  /// MD5, the only checksum that is known of some published checkpoints.
  case md5(String)
  /// SHA-1 over `blob`, the size and the bytes: git's name of a file, as Hugging Face gives it for
  /// small files.
  case gitBlob(String)

  /// The digest without the name of its algorithm.
  public var digest: String {
    switch self {
    case .sha256(let digest), .md5(let digest), .gitBlob(let digest): digest
    }
  }

  /// The name of the algorithm.
  public var algorithm: String {
    switch self {
    case .sha256: "SHA-256"
    case .md5: "MD5"
    case .gitBlob: "git SHA-1"
    }
  }

  /// The same checksum in lower case; nil if the digest is not one of its algorithm.
  var validated: Checksum? {
    let digest = digest.lowercased()
    let isHexadecimal = digest.allSatisfy { $0.isASCII && $0.isHexDigit }
    guard isHexadecimal else { return nil }
    return switch self {
    case .sha256: digest.count == 64 ? .sha256(digest) : nil
    case .md5: digest.count == 32 ? .md5(digest) : nil
    case .gitBlob: digest.count == 40 ? .gitBlob(digest) : nil
    }
  }
}

/// A checksum that is computed while the bytes pass.
struct ChecksumComputation {
  private let expected: Checksum
  private let function: MessageDigest

  /// A computation over a file of `size` bytes; git's names depend on the size.
  init(_ expected: Checksum, size: Int64) {
    self.expected = expected
    switch expected {
    case .sha256: function = MessageDigest(.sha256)
    case .md5: function = MessageDigest(.md5)
    case .gitBlob:
      function = MessageDigest(.sha1)
      function.update("blob \(size)\0")
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    function.update(bytes)
  }

  /// - Throws: ``HubError/wrongChecksum(file:algorithm:expected:found:)``.
  func verify(file: String) throws {
    let found = function.finalize()
    guard found == expected.digest else {
      throw HubError.wrongChecksum(
        file: file, algorithm: expected.algorithm, expected: expected.digest, found: found)
    }
  }
}
