package import Files

/// An id as a file has it: Chinese-CLIP's files hold whole numbers, but its users' files hold names too
/// (its own sample script writes file names), and then a message must say so.
package enum RawIdentifier: Hashable, Sendable {
  case number(Int64)
  case name(String)

  package init(_ bytes: UnsafeRawBufferPointer) {
    if let number = DecimalIdentifier.parse(bytes) {
      self = .number(number)
    } else {
      self = .name(String(escapingInvalid: bytes))
    }
  }

  /// Reads a number, or a string; a string of digits counts as a number.
  package init(_ scanner: inout JSONScanner) throws {
    if scanner.peek() == UInt8(ascii: "\"") {
      var text = try scanner.string()
      self = text.withUTF8 { RawIdentifier(UnsafeRawBufferPointer($0)) }
    } else {
      self = .number(try scanner.integer())
    }
  }

  /// The number, or a sentence about the name.
  package func number(field: String) throws -> Int64 {
    switch self {
    case .number(let number): return number
    case .name(let name):
      throw CaptionProblem.identifierIsName(field: field, name: String(name.prefix(64)))
    }
  }
}

/// What is wrong with a line whose JSON is sound.
package enum CaptionProblem: Error, Equatable, CustomStringConvertible {
  case missingField(String)
  case identifierIsName(field: String, name: String)

  package var description: String {
    switch self {
    case .missingField(let field): "the field \"\(field)\" is missing"
    case .identifierIsName(let field, let name):
      "\(field) \"\(name)\" is not a whole number"
    }
  }
}

/// A line of `{split}_texts.jsonl` as it stands there.
package struct CaptionLine: Sendable, Equatable {
  package let textID: RawIdentifier
  package let text: String
  package let imageIDs: [RawIdentifier]

  /// Reads `{"text_id": …, "text": …, "image_ids": […]}` with fields in any order, others ignored.
  ///
  /// - Throws: ``JSONProblem`` or ``CaptionProblem``.
  package init(_ bytes: UnsafeRawBufferPointer) throws {
    var textID: RawIdentifier?
    var text: String?
    var imageIDs: [RawIdentifier]?
    var scanner = JSONScanner(bytes)
    try scanner.object { key, scanner in
      switch key {
      case "text_id": textID = try RawIdentifier(&scanner)
      case "text": text = try scanner.string()
      case "image_ids":
        var list: [RawIdentifier] = []
        try scanner.array { list.append(try RawIdentifier(&$0)) }
        imageIDs = list
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard let textID else { throw CaptionProblem.missingField("text_id") }
    guard let text else { throw CaptionProblem.missingField("text") }
    guard let imageIDs else { throw CaptionProblem.missingField("image_ids") }
    self.textID = textID
    self.text = text
    self.imageIDs = imageIDs
  }

  /// The caption, if all ids are numbers.
  package func caption() throws -> Caption {
    Caption(
      textID: try textID.number(field: "text_id"), text: text,
      imageIDs: try imageIDs.map { try $0.number(field: "image_ids") })
  }
}
