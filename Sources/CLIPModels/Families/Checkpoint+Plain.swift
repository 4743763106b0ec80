import Checkpoints

extension Checkpoint {
  /// Tensors that every model of a family has once: what stands before them, others put there.
  private static let anchors = [
    "visual.conv1.weight", "visual.class_embedding", "vision_model.embeddings.class_embedding",
    "bert.embeddings.word_embeddings.weight", "text_model.embeddings.word_embeddings.weight",
    "img_encoder.global_embedder.weight",
  ]

  /// What a trainer put before all names of the model, as Lightning's `model.`; empty if nothing,
  /// or if there are several models, of which only the user knows which one is meant.
  var modelPrefix: String {
    let prefixes = modelPrefixes
    return prefixes.count == 1 ? prefixes[0] : ""
  }

  /// What stands before the names of each model that the file holds, sorted.
  var modelPrefixes: [String] {
    var found: Set<String> = []
    for name in names {
      for anchor in Self.anchors where name.hasSuffix(anchor) {
        let prefix = String(name.dropLast(anchor.count))
        if prefix.isEmpty || prefix.hasSuffix(".") { found.insert(prefix) }
      }
    }
    return found.sorted()
  }

  /// The model's own names and shapes: without a trainer's prefix, and with a temperature of shape
  /// `[1]` as the scalar that it is.
  func plain() throws -> Checkpoint {
    let prefix = modelPrefix
    let isPlain = prefix.isEmpty && (self["logit_scale"]?.shape.isEmpty ?? true)
    guard !isPlain else { return self }
    return try replacing(
      entries.map { entry in
        let name =
          entry.name.hasPrefix(prefix) ? String(entry.name.dropFirst(prefix.count)) : entry.name
        return (name, name == "logit_scale" ? try entry.tensor.asScalar() : entry.tensor)
      })
  }
}

extension CheckpointTensor {
  /// The one element of any shape as a scalar; other tensors stay as they are.
  fileprivate func asScalar() throws -> CheckpointTensor {
    guard count == 1, !shape.isEmpty else { return self }
    return try CheckpointTensor(elementType, shape: []) {
      try withUnsafeBytes { [UInt8]($0) }
    }
  }
}
