import Checkpoints

// What towers ask when they look for themselves in a checkpoint.

extension Checkpoint {
  /// The shape of a tensor that must have a number of dimensions.
  func shape(_ name: String, _ dimensions: Int) -> [Int]? {
    self[name].flatMap { $0.shape.count == dimensions ? $0.shape : nil }
  }

  /// How many consecutive numbers, from 0, have a tensor.
  func count(_ name: (Int) -> String) -> Int {
    var count = 0
    while self[name(count)] != nil { count += 1 }
    return count
  }
}

extension TowerConfiguration {
  /// Heads of 64 channels.
  static func usualHeads(width: Int) -> Int? {
    width > 0 && width.isMultiple(of: 64) ? width / 64 : nil
  }

  /// The exact root of a square number.
  static func squareRoot(of value: Int) -> Int? {
    guard value > 0 else { return nil }
    let root = Int(Double(value).squareRoot().rounded())
    return root.multipliedReportingOverflow(by: root) == (value, false) ? root : nil
  }
}

extension ArchitectureHint.Tower {
  /// A tower, if the number of its heads is known: tensors have the same shapes with any.
  static func with(
    heads: Int?, _ name: String, width: Int, _ configuration: (Int) -> Configuration
  ) -> Self {
    guard let heads else {
      return .unclear(
        "a \(name) of width \(width), the number of whose heads its tensors do not tell")
    }
    return .known(configuration(heads))
  }

  /// The same of another description.
  func map<Other>(_ change: (Configuration) -> Other) -> ArchitectureHint.Tower<Other> {
    switch self {
    case .known(let configuration): .known(change(configuration))
    case .unclear(let sentence): .unclear(sentence)
    }
  }
}
