public import TorchNN

/// The parts of a model: what learns, what is cached and what comes from which file is decided by
/// these, and never by a tensor's name.
extension Parameters.Part {
  /// The network for pictures, up to the vector that it pools.
  public static let image = Parameters.Part(rawValue: "image")
  /// The network for texts, up to the vector that it pools.
  public static let text = Parameters.Part(rawValue: "text")
  /// From a pooled picture into the shared space.
  public static let imageHead = Parameters.Part(rawValue: "image head")
  /// From a pooled text into the shared space.
  public static let textHead = Parameters.Part(rawValue: "text head")
}
