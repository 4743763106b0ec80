internal import CTorch
public import Foundation

/// A failed LibTorch call, or a request that LibTorch cannot be asked for.
public struct TorchError: LocalizedError, Hashable, Sendable, CustomStringConvertible {
  /// The sentence to show: LibTorch's own message without its C++ backtrace, or ours.
  public let description: String

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// An error with a sentence of our own.
  public init(_ description: String) {
    self.description = description
  }
}

/// Throws what a C call returned, if it returned an error.
func check(_ error: ct_error?) throws(TorchError) {
  guard let error else { return }
  defer { ct_error_free(error) }
  throw TorchError(String(cString: ct_error_message(error)))
}

/// Takes ownership of the tensor that a C call writes.
func produce(
  _ call: (UnsafeMutablePointer<ct_tensor?>) -> ct_error?
) throws(TorchError) -> Tensor {
  var handle: ct_tensor?
  try check(call(&handle))
  guard let handle else { throw TorchError("LibTorch returned no tensor") }
  return Tensor(owning: handle)
}
