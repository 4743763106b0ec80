/// Whether a forward pass is for use or for learning.
///
/// Dropout and batch statistics exist in training alone; there is no flag to forget.
public enum Mode: Hashable, Sendable {
  case inference
  case training
}
