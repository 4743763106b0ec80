import CLIPModels

extension Services {
  /// What labels are put into unless the request says otherwise.
  private static let usualTemplates = ["{}", "一张{}的照片"]

  /// The templates of a request, within the limits.
  ///
  /// What would become too long is refused before any label is put into any template: thousands of
  /// places for a long label are a long text.
  ///
  /// - Parameters:
  ///   - templates: sentences with `{}`; the usual ones if nil.
  ///   - labels: the words that go into them.
  /// - Returns: the templates, fit for ``classifier(labels:prompts:)``.
  /// - Throws: ``ServerError/invalidRequest(_:)``.
  func prompts(_ templates: [String]?, for labels: [String]) throws(ServerError) -> PromptSet {
    let templates = templates ?? Self.usualTemplates
    let limits = configuration.limits
    guard (1...1_000).contains(labels.count), !templates.isEmpty,
      labels.count * templates.count <= limits.labels
    else {
      throw .invalidRequest(
        "'labels' must be 1 to 1000 words, and labels times templates at most \(limits.labels).")
    }
    for text in labels + templates {
      try limits.check(text: text)
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw .invalidRequest("Labels and templates must not be empty.")
      }
    }
    let longest = labels.map(\.utf8.count).max() ?? 0
    for template in templates {
      let places = template.split(separator: "{}", omittingEmptySubsequences: false).count - 1
      guard places * longest <= limits.textBytes else {
        throw .invalidRequest("A label in a template has at most \(limits.textBytes) bytes.")
      }
    }
    do {
      return try PromptSet(name: "'templates'", texts: templates)
    } catch {
      throw .invalidRequest("\(error).")
    }
  }

  /// A classifier with the served model's vectors and scale.
  ///
  /// - Throws: ``ServerError`` when the model fails or has no time.
  func classifier(labels: [String], prompts: PromptSet) async throws -> ZeroShotClassifier {
    let sentences = ZeroShotClassifier.sentences(labels, prompts)
    let vectors = try await unitVectors(ofTexts: sentences, limit: sentences.count)
    return try ZeroShotClassifier(
      labels: labels,
      sentences: Embeddings(
        dimension: engine.embeddingDimension, values: Array(vectors.joined())),
      ensemble: .meanEmbedding, scale: engine.logits)
  }
}
