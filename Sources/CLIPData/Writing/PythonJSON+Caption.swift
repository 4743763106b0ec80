package import Files

extension PythonJSON {
  /// A caption as one line of `{split}_texts.jsonl`, without the line end.
  package static func line(_ caption: Caption) -> String {
    """
    {"text_id": \(caption.textID), "text": \(string(caption.text)), \
    "image_ids": \(list(caption.imageIDs))}
    """
  }
}
