import Torch

/// Where LibTorch's generators are: kept to draw the same dropout again.
struct RandomState {
  private let host: Tensor
  private let accelerator: Tensor?
  private let device: Device

  /// The present state.
  init(device: Device) throws(TorchError) {
    self.device = device
    host = try Random.state()
    accelerator = device == .cpu ? nil : try Random.state(device: device)
  }

  /// A state that was saved.
  init(host: Tensor, accelerator: Tensor?, device: Device) {
    self.host = host
    self.accelerator = accelerator
    self.device = device
  }

  /// Goes back to this state.
  func restore() throws(TorchError) {
    try Random.restore(host)
    if let accelerator { try Random.restore(accelerator, device: device) }
  }

  /// The tensors, by name.
  var tensors: [(name: String, tensor: Tensor)] {
    [("host", host)] + (accelerator.map { [("accelerator", $0)] } ?? [])
  }
}
