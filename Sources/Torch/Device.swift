internal import CTorch

/// Where a tensor lives and is computed.
public enum Device: Hashable, Sendable, CustomStringConvertible {
  case cpu
  case cuda(Int)

  /// The first CUDA device if LibTorch's CUDA half is installed and finds one, else the CPU.
  public static var automatic: Device { CUDA.count > 0 ? .cuda(0) : .cpu }

  /// Reads `auto`, `cpu`, `cuda` or `cuda:N`.
  ///
  /// - Parameter name: the user's word for the device.
  /// - Throws: ``TorchError`` when the word is unknown or the device is not there.
  public init(named name: String) throws(TorchError) {
    switch name {
    case "auto": self = .automatic
    case "cpu": self = .cpu
    default:
      let index = name == "cuda" ? 0 : name.hasPrefix("cuda:") ? Int(name.dropFirst(5)) : nil
      guard let index, index >= 0 else {
        throw TorchError("device '\(name)' is unknown; use auto, cpu, cuda or cuda:N")
      }
      guard index < CUDA.count else {
        throw TorchError("device cuda:\(index) is not there: \(CUDA.state)")
      }
      self = .cuda(index)
    }
  }

  /// The name that ``init(named:)`` reads.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  /// Waits until everything queued on the device is done; the CPU never queues.
  ///
  /// - Throws: ``TorchError`` when a queued kernel failed.
  public func synchronize() throws(TorchError) {
    if case .cuda(let index) = self { try check(ct_cuda_synchronize(Int32(index))) }
  }

  var raw: ct_device {
    switch self {
    case .cpu: ct_device(index: -1)
    case .cuda(let index): ct_device(index: Int32(index))
    }
  }

  init(_ raw: ct_device) {
    self = raw.index < 0 ? .cpu : .cuda(Int(raw.index))
  }
}

/// Facts about the LibTorch that this process runs on.
public enum LibTorch {
  /// The version that this package was compiled against, as in `2.13.0`.
  public static var version: String { String(cString: ct_torch_version()) }

  /// The instruction set that LibTorch's own CPU kernels use, as in `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// Whether the CPU multiplies bfloat16 matrices in hardware (AVX-512 BF16, AMX, or
  /// Arm's BF16).
  public static var cpuHasFastBFloat16: Bool { ct_cpu_has_fast_bfloat16() }

  /// Threads that one operation may use.
  ///
  /// Set it once, before the first operation.
  public static var threads: Int {
    get { Int(ct_threads_count()) }
    set { ct_threads_set(Int32(clamping: max(newValue, 1))) }
  }

  /// Lets the CPU treat subnormal numbers as zero, which are slow and never matter to us.
  @discardableResult
  public static func flushDenormals(_ enabled: Bool = true) -> Bool {
    ct_flush_denormals(enabled)
  }

  /// Lets the process use freed memory again, up to 1 GB of it, instead of giving it back to the
  /// system after every operation and asking for cleared pages at the next.
  ///
  /// A choice for the whole process, hence a program's and not this library's: call it first thing.
  /// Embedding pictures in batches of 32 with the model that ships then takes half the time, and no
  /// more memory at its peak (AMD EPYC, two cores: 16.7 and 8.5 s for 1000 pictures).
  ///
  /// - Returns: false where the C library has no such choice; glibc has.
  @discardableResult
  public static func keepFreedMemory() -> Bool { ct_keep_freed_memory() }
}
