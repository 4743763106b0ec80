import Files
import Foundation

/// Length and padding, from `tokenizer.json` and the files beside it.
struct TokenizerSettings: Sendable {
  /// The length of a text where nothing says one.
  private static let fallbackLength = 512

  let contextLength: Int
  let paddingID: Int32
  let padsBefore: Bool
  let attendsToPadding: Bool
  /// The files beside `tokenizer.json` that were read.
  let files: [TokenizerFile]

  init(
    _ document: TokenizerDocument, _ folder: FolderSettings, _ pipeline: TokenPipeline
  ) throws(TokenizerProblem) {
    let truncated = try Self.truncation(document.truncation)
    let padding = try Self.padding(document.padding)
    let limits = pipeline.contextLengths
    let length = truncated ?? folder.contextLength ?? Self.fallbackLength
    guard limits.contains(length) else {
      throw TokenizerProblem(
        "it cuts texts to \(length) ids, not to \(limits.lowerBound) to \(limits.upperBound)")
    }
    contextLength = length
    padsBefore = padding.before ?? folder.padsBefore ?? false
    attendsToPadding = folder.attendsToPadding
    files = folder.files
    let named = folder.paddingPiece.flatMap { pipeline.pieces.id(of: $0) }
    let usual = ["[PAD]", "<pad>"].lazy.compactMap { pipeline.pieces.id(of: $0) }.first
    paddingID = padding.id ?? named ?? usual ?? pipeline.marks.behind.last ?? 0
    guard pipeline.pieces.piece(of: paddingID) != nil else {
      throw TokenizerProblem("it pads with the id \(paddingID), which no piece has")
    }
  }

  private static func truncation(_ part: JSONPart) throws(TokenizerProblem) -> Int? {
    guard part != .null else { return nil }
    var part = try settings(part, "the truncation")
    part.ignore("stride")
    guard try part.string("direction") ?? "Right" == "Right" else {
      throw TokenizerProblem("\(part.name) removes the beginnings of texts")
    }
    guard try part.string("strategy") ?? "LongestFirst" != "OnlySecond" else {
      throw TokenizerProblem("\(part.name) is for second texts alone")
    }
    guard let length = try part.integer("max_length") else {
      throw part.problem("max_length", "a whole number")
    }
    try part.finish()
    return length
  }

  /// Texts are padded to a length by whoever makes a batch; what with and where stands here.
  private static func padding(
    _ part: JSONPart
  ) throws(TokenizerProblem) -> (id: Int32?, before: Bool?) {
    guard part != .null else { return (nil, nil) }
    var part = try settings(part, "the padding")
    part.ignore("strategy", "pad_to_multiple_of", "pad_type_id", "pad_token")
    let direction = try part.string("direction") ?? "Right"
    guard ["Left", "Right"].contains(direction) else {
      throw part.problem("direction", "Left or Right")
    }
    let id = try part.integer("pad_id")
    try part.finish()
    return (id.map { Int32(clamping: $0) }, direction == "Left")
  }

  private static func settings(
    _ part: JSONPart, _ role: String
  ) throws(TokenizerProblem) -> TokenizerPart {
    guard case .object(let members) = part else {
      throw TokenizerProblem("\(role) is not an object")
    }
    return TokenizerPart(members, role: role, type: "")
  }
}

/// What `tokenizer_config.json` and `special_tokens_map.json` say beside a `tokenizer.json`.
struct FolderSettings: Sendable {
  private(set) var paddingPiece: String?
  private(set) var contextLength: Int?
  private(set) var padsBefore: Bool?
  private(set) var attendsToPadding = false
  private(set) var files: [TokenizerFile] = []

  /// transformers writes 1e30 where there is no limit.
  private static let longestContext = 1 << 16

  init() {}

  /// Reads the files where they are.
  init(besides url: URL) throws(CLIPTextError) {
    let folder = url.deletingLastPathComponent()
    if let map = try read(folder, "special_tokens_map.json") {
      paddingPiece = Self.piece(map["pad_token"])
    }
    guard let configuration = try read(folder, "tokenizer_config.json") else { return }
    paddingPiece = Self.piece(configuration["pad_token"]) ?? paddingPiece
    if case .number(let digits)? = configuration["model_max_length"], let length = Double(digits),
      length >= 1, length <= Double(Self.longestContext)
    {
      contextLength = Int(length)
    }
    if case .string(let side)? = configuration["padding_side"] { padsBefore = side == "left" }
    if case .array(let inputs)? = configuration["model_input_names"] {
      attendsToPadding = !inputs.contains(.string("attention_mask"))
    }
  }

  private mutating func read(
    _ folder: URL, _ name: String
  ) throws(CLIPTextError) -> [String: JSONPart]? {
    let url = folder.appending(path: name)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try TokenizerFile(url, maximumSize: TextFile.maximumDocument)
    files.append(file)
    do {
      let part = try file.bytes.withUnsafeBytes { bytes in
        var scanner = JSONScanner(bytes)
        let part = try JSONPart(from: &scanner)
        try scanner.end()
        return part
      }
      if case .object(let members) = part { return members }
    } catch {
      throw .tokenizerUnsupported(file: url.path, problem: "it is not JSON, \(error)")
    }
    throw .tokenizerUnsupported(file: url.path, problem: "it is not a JSON object")
  }

  /// A piece by itself, or as an added token.
  private static func piece(_ part: JSONPart?) -> String? {
    switch part {
    case .string(let piece)?: piece
    case .object(let members)?:
      if case .string(let piece)? = members["content"] { piece } else { nil }
    default: nil
    }
  }
}
