import Torch

/// Parameters with the running means that Adam and its kin keep of their gradients.
struct Moments {
  /// Parameters that are treated alike.
  struct Group {
    let decays: Bool
    let rateFactor: Double
    fileprivate(set) var members: [Member] = []

    /// The members that have a gradient, with it.
    func moved() throws(TorchError) -> [(member: Member, gradient: Tensor)] {
      var moved: [(member: Member, gradient: Tensor)] = []
      for member in members {
        if let gradient = try member.tensor.gradient() { moved.append((member, gradient)) }
      }
      return moved
    }
  }

  /// A parameter, the means of its gradients and of their squares, and how many steps they are of.
  struct Member {
    let name: String
    let tensor: Tensor
    let first: Tensor
    let second: Tensor
    let step: Tensor
  }

  private(set) var groups: [Group] = []

  /// Means of zero for every parameter; all are `float32`, the master weights.
  init(
    of parameters: [Parameters.Entry], decays: (_ name: String, _ shape: [Int]) -> Bool,
    rateFactor: (Parameters.Entry) -> Double
  ) throws(TorchError) {
    for entry in parameters {
      guard entry.tensor.dtype == .float32 else {
        throw TorchError("\(entry.name) is \(entry.tensor.dtype.rawValue); only float32 is learned")
      }
      let (shape, device) = (entry.tensor.shape, entry.tensor.device)
      let member = Member(
        name: entry.name, tensor: entry.tensor, first: try .zeros(shape, device: device),
        second: try .zeros(shape, device: device), step: try .zeros([], device: device))
      let (decays, factor) = (decays(entry.name, shape), rateFactor(entry))
      if let index = groups.firstIndex(where: { $0.decays == decays && $0.rateFactor == factor }) {
        groups[index].members.append(member)
      } else {
        groups.append(Group(decays: decays, rateFactor: factor, members: [member]))
      }
    }
  }

  /// How many tensors decay and how many do not; none decay by nothing.
  func counts(decaying: Bool) -> (decayed: Int, undecayed: Int) {
    let decayed = groups.reduce(0) { $0 + ($1.decays && decaying ? $1.members.count : 0) }
    return (decayed, groups.reduce(0) { $0 + $1.members.count } - decayed)
  }

  /// The moments and step counts by name, as PyTorch calls them.
  var state: [(name: String, tensor: Tensor)] {
    groups.flatMap(\.members).flatMap { member in
      [
        ("\(member.name).exp_avg", member.first), ("\(member.name).exp_avg_sq", member.second),
        ("\(member.name).step", member.step),
      ]
    }
  }

  /// Takes over a state that ``state`` gave.
  func restore(from source: any TensorSource) throws {
    for (name, tensor) in state {
      guard let saved = try source.tensor(named: name) else {
        throw ParameterError.missing(name: name, source: source.sourceName)
      }
      guard saved.shape == tensor.shape else {
        throw ParameterError.wrongShape(
          name: name, expected: tensor.shape, found: saved.shape, source: source.sourceName)
      }
      try tensor.copy(from: saved)
    }
  }
}
