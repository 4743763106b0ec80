internal import CTorch

/// LibTorch's CUDA half: whether it is there, why not, and the devices that it finds.
public enum CUDA {
  /// What became of loading it, which happens at the first question.
  public enum State: Hashable, Sendable {
    /// LibTorch is a CPU build.
    case absent
    /// LibTorch has a CUDA half that cannot be loaded; the loader's own reason.
    case unloadable(reason: String)
    /// It is loaded and finds no device.
    case withoutDevice(reason: String)
    /// There are this many devices.
    case ready(count: Int)
  }

  /// What the driver says of a device.
  public struct Facts: Hashable, Sendable {
    /// As in `NVIDIA H100 80GB HBM3`.
    public let name: String
    /// Bytes of its memory.
    public let memory: UInt64
    /// Its compute capability, as in `9.0`.
    public let capability: String
  }

  /// Whether CUDA can be used, and why not.
  public static var state: State {
    var reason: UnsafePointer<CChar>?
    let state = ct_cuda_load(&reason)
    let text = reason.map { String(cString: $0) } ?? ""
    return switch state {
    case CT_CUDA_READY: .ready(count: Int(ct_cuda_device_count()))
    case CT_CUDA_UNLOADABLE: .unloadable(reason: text)
    case CT_CUDA_NO_DEVICE: .withoutDevice(reason: text)
    default: .absent
    }
  }

  /// How many devices there are; 0 where CUDA cannot be used.
  public static var count: Int { Int(ct_cuda_device_count()) }

  /// Name, memory and capability of a device.
  ///
  /// - Parameter index: 0 ..< ``count``.
  /// - Returns: nil where the driver does not say.
  public static func facts(of index: Int) -> Facts? {
    var facts = ct_cuda_facts()
    guard ct_cuda_device_facts(Int32(index), &facts) else { return nil }
    let name = withUnsafeBytes(of: facts.name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return Facts(
      name: name, memory: facts.memory, capability: "\(facts.major).\(facts.minor)")
  }
}

extension CUDA.State: CustomStringConvertible {
  /// One clause: what is there, or why nothing is.
  public var description: String {
    switch self {
    case .absent: "LibTorch \(LibTorch.version) is a CPU build"
    case .unloadable(let reason): "LibTorch's CUDA half cannot be loaded: \(reason)"
    case .withoutDevice(let reason): "LibTorch's CUDA half finds no device: \(reason)"
    case .ready(let count): "LibTorch finds \(count) CUDA device\(count == 1 ? "" : "s")"
    }
  }
}
