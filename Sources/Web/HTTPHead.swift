/// The status and the header fields of one response.
package struct HTTPHead: Sendable {
  /// Header lines that are kept of one response; no hub sends as many.
  package static let maximumFieldCount = 256

  package private(set) var status = 0
  package private(set) var fields: [String: String] = [:]

  package init() {}

  /// A header field's value; names have no case.
  package subscript(name: String) -> String? { fields[name.lowercased()] }

  /// Whether the body is what was asked for, rather than an explanation why not.
  package var isSuccess: Bool { status == 200 || status == 206 }

  package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

  /// Length of the body in bytes, if the server says it.
  package var contentLength: Int64? { self["Content-Length"].flatMap { Int64($0) } }

  /// The entity tag, if equal tags mean equal bytes: weak tags do not.
  package var strongEntityTag: String? {
    guard let tag = self["ETag"], tag.hasPrefix("\""), tag.hasSuffix("\""), tag.count > 2 else {
      return nil
    }
    return tag
  }

  /// Seconds that the server asks to be left alone.
  package var retryAfter: Double? {
    self["Retry-After"].flatMap { Double($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Where the body of a partial response begins, and how long the whole is if that is said.
  package var contentRange: (start: Int64, total: Int64?)? {
    guard let value = self["Content-Range"]?.lowercased(), value.hasPrefix("bytes ") else {
      return nil
    }
    let parts = value.dropFirst(6).split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let start = parts[0].split(separator: "-").first.flatMap({ Int64($0) })
    else { return nil }
    return (start, Int64(parts[1]))
  }

  /// Takes a line of the header, with its line end; a status line begins a new response.
  package mutating func take(line bytes: UnsafeRawBufferPointer) {
    // Bytes are cut, not characters: to Swift, CR and LF together are one character.
    let isSpace: (UInt8) -> Bool = { [0x09, 0x0A, 0x0D, 0x20].contains($0) }
    let length = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
    let line = String(decoding: bytes[..<length], as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      let words = line.split(separator: " ", maxSplits: 2)
      self = HTTPHead()
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    } else if let colon = line.firstIndex(of: ":"), fields.count < Self.maximumFieldCount {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      let name = line[..<colon].lowercased()
      // What crawlers may do is said in several lines, all of which hold.
      let before = name == "x-robots-tag" ? fields[name].map { $0 + "\n" } ?? "" : ""
      fields[name] = before + value
    }
  }
}
