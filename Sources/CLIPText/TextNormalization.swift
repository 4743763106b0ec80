/// What happens to a text before it is split into words.
///
/// The original prepares captions in training, retrieval evaluation and zero-shot classification,
/// but not in its public `clip.tokenize`. So “ and ” are the piece `"` there and `[UNK]` here.
public enum TextNormalization: String, Sendable, CaseIterable {
  /// Lower case, then “ and ” become `"`: `_preprocess_text` of `cn_clip/training/data.py`.
  ///
  /// Greek capital sigma looks at its neighbours in the text as it came.
  case training
  /// Nothing: what `cn_clip.clip.tokenize` does. (The words are still lower-cased afterwards.)
  ///
  /// Greek capital sigma looks at its neighbours after control characters were removed.
  case api
}
