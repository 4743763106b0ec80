/// The naming of a family of checkpoints against Chinese-CLIP's own, as a list of rules.
///
/// The first rule that fits a name counts. Rules work in both directions; a spelling that should be
/// read but never written stands after the one to write.
public struct NameMap: Sendable {
  /// Which way to rename.
  public enum Direction: Sendable {
    /// From the foreign family to Chinese-CLIP's names.
    case toNative
    /// From Chinese-CLIP's names to the foreign family.
    case fromNative
  }

  /// The family's name, for messages.
  public let name: String
  /// The rules, first match first.
  public let rules: [NameRule]

  /// Makes a map.
  public init(name: String, rules: [NameRule]) {
    self.name = name
    self.rules = rules
  }

  /// Renames the tensors of a checkpoint.
  ///
  /// Transposing, stacking and splitting happen when a tensor's bytes are asked for.
  /// - Returns: the renamed checkpoint and what became of every tensor.
  /// - Throws: ``CheckpointError`` when a tensor that belongs to others is missing, has a shape that
  ///   does not fit the rule, or when two tensors come to have the same name.
  public func callAsFunction(
    _ checkpoint: Checkpoint, _ direction: Direction = .toNative
  ) throws -> (checkpoint: Checkpoint, report: NameMapReport) {
    let rules = rules.map { DirectedRule($0, direction) }.filter { !$0.inputs.isEmpty }
    var report = NameMapReport()
    var result: [(name: String, tensor: CheckpointTensor)] = []
    for entry in checkpoint.entries {
      guard let match = rules.lazy.compactMap({ $0.match(entry.name) }).first else {
        report.leftOver.append(entry.name)
        continue
      }
      if match.outputs.isEmpty {
        report.dropped.append(entry.name)
        continue
      }
      // A stack is made once, at its first part; the other parts are already in it.
      guard match.position == 0 else {
        try require(match.inputs[0], for: entry.name, in: checkpoint)
        continue
      }
      let parts = try match.inputs.map { try require($0, for: entry.name, in: checkpoint) }
      let tensors = try match.apply(to: parts)
      result += zip(match.outputs, tensors).map { ($0, $1) }
      if match.inputs != match.outputs {
        report.renamed.append(.init(found: match.inputs, became: match.outputs))
      }
    }
    report.loaded = result.map(\.name)
    return (try checkpoint.replacing(result), report)
  }

  @discardableResult
  private func require(
    _ name: String, for other: String, in checkpoint: Checkpoint
  ) throws -> CheckpointTensor {
    guard let tensor = checkpoint[name] else {
      throw CheckpointError.missingTensor(
        source: checkpoint.source, name: "\(name), which belongs to \(other)")
    }
    return tensor
  }
}

/// A rule, turned the way that is gone.
private struct DirectedRule {
  let inputs: [NamePattern]
  let outputs: [NamePattern]
  let transform: NameRule.Transform

  /// A name that fits, and all names that go with it.
  struct Match {
    let inputs: [String]
    let outputs: [String]
    /// Which of the inputs the name is.
    let position: Int
    let transform: NameRule.Transform

    func apply(to parts: [CheckpointTensor]) throws -> [CheckpointTensor] {
      let name = inputs[0]
      let whole = parts.count == 1 ? parts[0] : try .joined(parts, name: name)
      let turned = transform == .transposed ? try whole.transposed(name: name) : whole
      return outputs.count == 1 ? [turned] : try turned.split(into: outputs.count, name: name)
    }
  }

  init(_ rule: NameRule, _ direction: NameMap.Direction) {
    let foreign = rule.foreign.map(NamePattern.init)
    let native = rule.native.map(NamePattern.init)
    inputs = direction == .toNative ? foreign : native
    outputs = direction == .toNative ? native : foreign
    transform = rule.transform
  }

  func match(_ name: String) -> Match? {
    for (position, input) in inputs.enumerated() {
      guard let captures = input.captures(in: name) else { continue }
      return Match(
        inputs: inputs.map { $0.filled(with: captures) },
        outputs: outputs.map { $0.filled(with: captures) }, position: position,
        transform: transform)
    }
    return nil
  }
}
