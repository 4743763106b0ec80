/// The ids that stand before and behind every text: what the post-processors of `tokenizer.json` add.
struct TextMarks: Sendable, Equatable {
  var before: [Int32] = []
  var behind: [Int32] = []

  /// More marks than this are no tokenizer's.
  private static let maximumCount = 64

  /// Reads a post-processor, a `Sequence` as its members one after the other.
  static func read(_ part: JSONPart) throws(TokenizerProblem) -> TextMarks {
    if part == .null { return TextMarks() }
    var part = try TokenizerPart(part, role: "the post-processor")
    var marks = TextMarks()
    switch part.type {
    case "Sequence":
      for member in try part.list("processors") {
        let outer = try read(member)
        marks = TextMarks(
          before: outer.before + marks.before, behind: marks.behind + outer.behind)
      }
    case "ByteLevel": part.ignore("add_prefix_space", "trim_offsets", "use_regex")
    case "BertProcessing", "RobertaProcessing":
      part.ignore("add_prefix_space", "trim_offsets")
      marks = TextMarks(before: [try part.mark("cls").id], behind: [try part.mark("sep").id])
    case "TemplateProcessing": marks = try template(&part)
    default: throw part.unsupported
    }
    try part.finish()
    guard marks.before.count + marks.behind.count <= maximumCount else {
      throw TokenizerProblem("\(part.name) adds more than \(maximumCount) ids to a text")
    }
    return marks
  }

  private static func template(
    _ part: inout TokenizerPart
  ) throws(TokenizerProblem) -> TextMarks {
    part.ignore("pair")
    let ids = try specialTokens(&part)
    var marks = TextMarks()
    var hasText = false
    for element in try part.list("single") {
      guard case .object(let members) = element, members.count == 1,
        let (kind, value) = members.first, case .object(let content) = value,
        case .string(let name)? = content["id"]
      else { throw part.problem("single", "a list of special tokens and a sequence") }
      switch kind {
      case "Sequence":
        guard !hasText, name == "A" else {
          throw part.problem("single", "a template with one text")
        }
        hasText = true
      case "SpecialToken":
        guard let ids = ids[name] else {
          throw TokenizerProblem("\(part.name) does not say the id of '\(name.prefix(40))'")
        }
        if hasText { marks.behind += ids } else { marks.before += ids }
      default: throw part.problem("single", "a list of special tokens and a sequence")
      }
    }
    guard hasText else { throw part.problem("single", "a template with one text") }
    return marks
  }

  private static func specialTokens(
    _ part: inout TokenizerPart
  ) throws(TokenizerProblem) -> [String: [Int32]] {
    guard case .object(let tokens)? = part.value("special_tokens") else {
      throw part.problem("special_tokens", "an object")
    }
    var ids: [String: [Int32]] = [:]
    for (name, value) in tokens {
      guard case .object(let members) = value, case .array(let numbers)? = members["ids"] else {
        throw part.problem("special_tokens", "an object of lists of ids")
      }
      ids[name] = try numbers.map { number throws(TokenizerProblem) in
        guard case .number(let digits) = number, let id = Int32(digits) else {
          throw part.problem("special_tokens", "an object of lists of ids")
        }
        return id
      }
    }
    return ids
  }
}
