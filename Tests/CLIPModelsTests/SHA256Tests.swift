import CLIPModels
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  // Digests of Python's hashlib.
  @Test(
    "digests are those of the standard, however the bytes are cut",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        String(repeating: "a", count: 55),
        "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
      ),
      (
        String(repeating: "a", count: 56),
        "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"
      ),
      (
        String(repeating: "ab", count: 500),
        "bd224a350e0aa49ca9e089f136c4dc8fc22c785afb474b5abe0e94d0e9f60aee"
      ),
    ])
  func digests(text: String, expected: String) {
    for piece in [1, 7, 64, 1000] {
      var hash = SHA256()
      var rest = Substring(text)
      while !rest.isEmpty {
        hash.update(String(rest.prefix(piece)))
        rest = rest.dropFirst(piece)
      }
      #expect(hash.finalize() == expected)
    }
  }
}
