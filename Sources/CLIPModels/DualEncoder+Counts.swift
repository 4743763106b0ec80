import Torch
import TorchNN

extension DualEncoder {
  /// Numbers that the model has learned; running statistics do not count.
  public var parameterCount: Int { parameters.count }
  /// Those of the image encoder, its projection included.
  public var imageParameterCount: Int {
    parameters.entries.reduce(0) {
      $0 + ($1.kind != .buffer && $1.name.hasPrefix("visual.") ? $1.tensor.count : 0)
    }
  }
}
