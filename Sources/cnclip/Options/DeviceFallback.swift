import Torch

/// What a person hears of CUDA: why a device is not used, and what to do about it.
enum DeviceFallback {
  /// Says in one line that `auto` means the CPU, where a CUDA half is there and cannot be used.
  ///
  /// - Parameter device: what the options name.
  static func warn(_ device: String) {
    let state = CUDA.state
    guard device == "auto", let advice = advice(for: state), state != .absent else { return }
    StandardError.line("warning: \(state); computing on the CPU. \(advice)")
  }

  /// What to set, in one sentence; `nil` where CUDA works.
  static func advice(for state: CUDA.State) -> String? {
    switch state {
    case .ready: nil
    case .absent:
      "Install one with CUDA by 'LIBTORCH_VARIANT=cuda make libtorch', or name one in $LIBTORCH; "
        + "then build again."
    case .unloadable:
      "Put the folder of the library that is missing into LD_LIBRARY_PATH, or install LibTorch with "
        + "its own by 'LIBTORCH_VARIANT=cuda make libtorch'."
    case .withoutDevice:
      "See 'nvidia-smi'; --device cpu says that the CPU is meant."
    }
  }
}
