import Files
package import Foundation

/// A kind of tokenizer, told by the file that a model folder holds of it.
package struct TokenizerKind: Sendable {
  /// The file's name.
  let file: String
  /// Reads the file, and others beside it where the kind has more.
  let open: @Sendable (URL) throws(CLIPTextError) -> any Tokenizer

  /// All kinds; where a folder has files of several, the first wins.
  ///
  /// A folder of another family's model has the ids of its own library, so its `tokenizer.json` wins;
  /// Chinese-CLIP's has the original's, which no `tokenizer.json` can say to the last letter.
  static let all = [chineseCLIP, huggingFace, openAI, openAIUnpacked]

  private static let chineseCLIP = TokenizerKind(file: "vocab.txt") { url throws(CLIPTextError) in
    try BERTTokenizer(vocabulary: Vocabulary(contentsOf: url))
  }
  private static let huggingFace = TokenizerKind(file: "tokenizer.json") {
    url throws(CLIPTextError) in
    try HuggingFaceTokenizer(contentsOf: url)
  }
  private static let openAI = TokenizerKind(file: "bpe_simple_vocab_16e6.txt.gz") {
    url throws(CLIPTextError) in
    try OpenAITokenizer(contentsOf: url)
  }
  private static let openAIUnpacked = TokenizerKind(file: "bpe_simple_vocab_16e6.txt") {
    url throws(CLIPTextError) in
    try OpenAITokenizer(contentsOf: url)
  }

  /// The tokenizer of a model folder.
  ///
  /// - Parameter folder: where its files lie.
  /// - Returns: the tokenizer, with the file that tells its kind; nil where there is none.
  /// - Throws: ``CLIPTextError`` for a file that cannot be used.
  package static func open(
    folder: URL
  ) throws(CLIPTextError) -> (tokenizer: any Tokenizer, file: URL)? {
    let isChineseCLIP = isChineseCLIP(folder)
    for kind in isChineseCLIP ? all : [huggingFace] + all {
      let file = folder.appending(path: kind.file)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let tokenizer = try kind.open(file)
      if isChineseCLIP, let other = tokenizer as? HuggingFaceTokenizer,
        let vocabulary = try other.chineseCLIPVocabulary(name: file.path)
      {
        return (try BERTTokenizer(vocabulary: vocabulary), file)
      }
      return (tokenizer, file)
    }
    return nil
  }

  /// The tokenizer of a file, or of a model folder.
  ///
  /// - Parameter url: a `tokenizer.json`, a `vocab.txt`, OpenAI's vocabulary, or a folder.
  /// - Returns: the tokenizer.
  /// - Throws: ``CLIPTextError`` for what is none, or cannot be used.
  package static func open(_ url: URL) throws(CLIPTextError) -> any Tokenizer {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard !isFolder.boolValue else {
      if let tokenizer = try open(folder: url)?.tokenizer { return tokenizer }
      let names = all.map(\.file).joined(separator: ", ")
      throw .tokenizerUnsupported(file: url.path, problem: "it is a folder without any of \(names)")
    }
    let name = url.lastPathComponent
    if let kind = all.first(where: { $0.file == name }) { return try kind.open(url) }
    switch url.pathExtension {
    case "json": return try huggingFace.open(url)
    case "gz": return try openAI.open(url)
    default: return try chineseCLIP.open(url)
    }
  }

  /// Whether a folder is Chinese-CLIP's, or of a form that says nothing of families.
  private static func isChineseCLIP(_ folder: URL) -> Bool {
    struct Model: Decodable {
      let kind: String?
      enum CodingKeys: String, CodingKey { case kind = "model_type" }
    }
    // A file that cannot be read says nothing here; whoever opens the model refuses it.
    guard
      let file = try? TextFile(
        folder.appending(path: "config.json"), maximumSize: TextFile.maximumDocument),
      let model = try? JSONDecoder().decode(Model.self, from: file.json)
    else { return true }
    return ["chinese_clip", nil].contains(model.kind)
  }
}
