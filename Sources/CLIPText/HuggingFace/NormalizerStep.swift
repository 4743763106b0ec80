/// What happens to a text before it is split: one normaliser of `tokenizer.json`.
enum NormalizerStep: Sendable {
  case bert(BERTCleaning)
  case form(NormalizationForm)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  case replace(SplitPattern, by: [UInt32])
  case precompiled(PrecompiledCharacterMap)
  case prepend([UInt32])
  case byteLevel
  case nmt

  /// Reads a normaliser, a `Sequence` as its members.
  static func read(_ part: JSONPart) throws(TokenizerProblem) -> [NormalizerStep] {
    if part == .null { return [] }
    var part = try TokenizerPart(part, role: "the normalizer")
    var steps: [NormalizerStep] = []
    switch part.type {
    case "Sequence":
      for member in try part.list("normalizers") { steps += try read(member) }
    case "BertNormalizer": steps = [.bert(try BERTCleaning(&part))]
    case "NFC": steps = [.form(.nfc)]
    case "NFD": steps = [.form(.nfd)]
    case "NFKC": steps = [.form(.nfkc)]
    case "NFKD": steps = [.form(.nfkd)]
    case "Lowercase": steps = [.lowercase]
    case "StripAccents": steps = [.stripAccents]
    case "Strip":
      steps = [.strip(left: try part.bool("strip_left"), right: try part.bool("strip_right"))]
    case "Replace":
      let pattern = try SplitPattern(&part)
      steps = [.replace(pattern, by: try part.insertedScalars("content"))]
    case "Precompiled":
      let table = try part.requiredString("precompiled_charsmap")
      steps = [.precompiled(try PrecompiledCharacterMap(base64: table))]
    case "Prepend": steps = [.prepend(try part.insertedScalars("prepend"))]
    case "ByteLevel": steps = [.byteLevel]
    case "Nmt": steps = [.nmt]
    default: throw part.unsupported
    }
    try part.finish()
    return steps
  }
}

/// `BertNormalizer`: cleaning, spaces around ideographs, no accents, lower case.
struct BERTCleaning: Sendable {
  var cleans = true
  var isolatesIdeographs = true
  var stripsAccents = true
  var lowercases = true

  init(_ part: inout TokenizerPart) throws(TokenizerProblem) {
    cleans = try part.bool("clean_text", or: true)
    isolatesIdeographs = try part.bool("handle_chinese_chars", or: true)
    lowercases = try part.bool("lowercase", or: true)
    stripsAccents = try part.bool("strip_accents", or: lowercases)
  }
}

extension SplitPattern {
  /// The pattern of a `Replace` or `Split`: a text as it stands, or a regular expression.
  init(_ part: inout TokenizerPart) throws(TokenizerProblem) {
    guard case .object(let pattern)? = part.value("pattern"), pattern.count == 1,
      let (kind, value) = pattern.first, case .string(let text) = value, !text.isEmpty
    else { throw part.problem("pattern", "a String or a Regex") }
    switch kind {
    case "String": self.init(literal: text.unicodeScalars.map(\.value))
    case "Regex":
      do { self = try PatternParser.parse(text) } catch {
        throw TokenizerProblem(
          "the regular expression '\(text.prefix(80))' of \(part.name) is not supported: "
            + error.message)
      }
    default: throw part.problem("pattern", "a String or a Regex")
    }
  }
}
