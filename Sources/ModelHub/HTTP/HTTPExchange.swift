internal import Web

/// The responses that one request met: the last one, and the redirects before it.
struct HTTPExchange {
  var redirects: [HTTPHead] = []
  var head = HTTPHead()

  /// A field of the first response that has it.
  ///
  /// Hugging Face describes a large file in the redirect to where the file is.
  func firstField(_ name: String) -> String? {
    for redirect in redirects {
      if let value = redirect[name] { return value }
    }
    return head[name]
  }
}
