/// Who the terms of an objective learn from.
///
/// A model embeds the pictures and texts that the student sees; vectors were computed before and are
/// looked up by the ids of the data set.
public struct TeacherConfiguration: Codable, Hashable, Sendable {
  /// A preset, a checkpoint file or a model folder.
  public var model: String?
  /// The weights of a preset, a `.pt` file.
  public var checkpoint: String?
  /// A file of `cnclip embed images --tsv`: `{"image_id": …, "feature": […]}` a line.
  public var imageVectors: String?
  /// A file of `cnclip embed texts --jsonl`: `{"text_id": …, "feature": […]}` a line.
  public var textVectors: String?
  /// What its scores are multiplied by; a model's own by default.
  public var scale: Double?

  /// Names a model, vectors, or vectors of one side and a model for the other.
  public init(
    model: String? = nil, checkpoint: String? = nil, imageVectors: String? = nil,
    textVectors: String? = nil, scale: Double? = nil
  ) {
    self.model = model
    self.checkpoint = checkpoint
    self.imageVectors = imageVectors
    self.textVectors = textVectors
    self.scale = scale
  }
}
