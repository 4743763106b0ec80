/// How the templates of one label become one answer.
public enum PromptEnsemble: String, Sendable, Hashable, CaseIterable, Codable {
  /// The normalised mean of the templates' embeddings, the original's way; one vector a label.
  ///
  /// Only for models that compare one vector with one vector.
  case meanEmbedding = "mean-embedding"
  /// The mean of the templates' similarities, FILIP's way.
  case meanSimilarity = "mean-similarity"
  /// The mean, over templates, of the probabilities among the labels.
  case meanProbability = "mean-probability"
  /// The template that fits best.
  case maximum
}
