internal import CTorch

/// LibTorch's default random generators: initial weights, dropout and masks draw from them.
public enum Random {
  /// Starts the generators of every device from a seed.
  public static func seed(_ seed: UInt64) throws(TorchError) {
    try check(ct_random_seed(seed))
  }

  /// The generator's state, to be put back by ``restore(_:device:)`` for an exact replay.
  public static func state(device: Device = .cpu) throws(TorchError) -> Tensor {
    try produce { ct_random_state(device.raw, $0) }
  }

  /// Puts a saved state back.
  public static func restore(_ state: Tensor, device: Device = .cpu) throws(TorchError) {
    try check(ct_random_set_state(device.raw, state.handle))
  }

  /// Numbers uniform in [0, 1), `float32`.
  public static func uniform(
    _ shape: [Int], device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    let sizes = shape.map { Int64($0) }
    return try produce {
      ct_random_uniform(sizes, Int32(sizes.count), device.raw, $0)
    }
  }

  /// Numbers of the standard normal distribution, `float32`.
  public static func normal(_ shape: [Int], device: Device = .cpu) throws(TorchError) -> Tensor {
    let sizes = shape.map { Int64($0) }
    return try produce {
      ct_random_normal(sizes, Int32(sizes.count), device.raw, $0)
    }
  }
}
