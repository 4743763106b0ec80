import Torch

extension TowerGraph {
  /// The same computation with less to do: what is made of constants alone is a constant, batch norms
  /// are part of their convolutions, maps of one input are one map.
  func simplified() throws -> TowerGraph {
    var graph = self
    try graph.foldConstants()
    graph.mergePadding()
    try graph.foldBatchNorms()
    try graph.mergeSums()
    try graph.joinMaps()
    graph.joinSlices()
    graph.removeUnused()
    return graph
  }

  /// Computes what is made of constants alone, except copies for each element of a batch.
  private mutating func foldConstants() throws {
    var kept: [Node] = []
    for node in nodes {
      let constants = node.inputs.compactMap(constant)
      guard constants.count == node.inputs.count,
        let folded = try Self.folded(node.operation, constants, shape: fixedShape(node.outputs[0]))
      else {
        kept.append(node)
        continue
      }
      values[node.outputs[0]] = .constant(folded, name: nil)
    }
    nodes = kept
  }

  /// A shape without the batch; nil with it.
  private func fixedShape(_ id: ValueID) -> [Int]? {
    let sizes = shape(id).compactMap { if case .fixed(let size) = $0 { size } else { nil } }
    return sizes.count == shape(id).count ? sizes : nil
  }

  private static func folded(
    _ operation: Operation, _ inputs: [Tensor], shape: [Int]?
  ) throws -> Tensor? {
    guard let shape, let x = inputs.first else { return nil }
    switch operation {
    case .reshape: return try x.reshaped(shape)
    case .expand: return try x.expanded(shape)
    case .permute(let order): return try x.permuted(order)
    case .slice(let axis, let start): return try x.sliced(start..<start + shape[axis], axis: axis)
    case .select(let axis, let index): return try x.selected(index, axis: axis)
    case .concatenate(let axis): return try .concatenated(inputs, axis: axis)
    case .cast(let dtype): return try x.to(dtype)
    case .binary(.add): return try x + inputs[1]
    case .binary(.subtract): return try x - inputs[1]
    case .binary(.multiply): return try x * inputs[1]
    case .binary(.divide): return try x / inputs[1]
    case .unary(.squareRoot): return try x.squareRoot()
    default: return nil
    }
  }

  /// Zeros around a picture become the convolution's own.
  private mutating func mergePadding() {
    let (uses, producers) = (useCounts, producers)
    for index in nodes.indices {
      guard case .convolution(let stride, let padding, let groups) = nodes[index].operation,
        let before = producers[nodes[index].inputs[0]], case .pad(let sides) = before.operation,
        uses[before.outputs[0]] == 1
      else { continue }
      nodes[index].operation = .convolution(
        stride: stride, padding: zip(padding, sides).map { $0 + $1 }, groups: groups)
      nodes[index].inputs[0] = before.inputs[0]
    }
    removeUnused()
  }

  /// A convolution and its batch norm become one convolution.
  ///
  /// `scale · (w · x + b) + shift` with `scale = weight / √(variance + ε)`.
  private mutating func foldBatchNorms() throws {
    let (uses, producers) = (useCounts, producers)
    for index in nodes.indices {
      guard case .batchNorm(let epsilon) = nodes[index].operation,
        let before = producers[nodes[index].inputs[0]], case .convolution = before.operation,
        uses[before.outputs[0]] == 1,
        case .constant(let weight, let name) = values[before.inputs[1]]
      else { continue }
      let parts = nodes[index].inputs.dropFirst().compactMap(constant)
      let bias = before.inputs.count > 2 ? constant(before.inputs[2]) : nil
      guard parts.count == 4, bias != nil || before.inputs.count == 2 else { continue }
      let scale = try parts[0] / (parts[3] + epsilon).squareRoot()
      let shift = try parts[1] - parts[2] * scale
      let folded = try weight * scale.reshaped(-1, 1, 1, 1)
      let offset = try bias.map { try $0 * scale + shift } ?? shift
      nodes[index].operation = before.operation
      nodes[index].inputs = [
        before.inputs[0], add(.constant(folded, name: name)),
        add(.constant(offset, name: name.map { $0 + ".bias" })),
      ]
    }
    removeUnused()
  }

  /// `(x + a) + b` with constants becomes `x + (a + b)`, as BERT's positions and first type.
  private mutating func mergeSums() throws {
    let (uses, producers) = (useCounts, producers)
    for index in nodes.indices {
      guard nodes[index].operation == .binary(.add), let second = constant(nodes[index].inputs[1]),
        let before = producers[nodes[index].inputs[0]], before.operation == .binary(.add),
        uses[before.outputs[0]] == 1, let first = constant(before.inputs[1])
      else { continue }
      let sum = try first + second
      guard sum.count <= max(first.count, second.count) else { continue }
      nodes[index].inputs = [before.inputs[0], add(.constant(sum, name: nil))]
    }
    removeUnused()
  }

  /// Linear maps of one input with equally many outputs become one map whose result is split.
  private mutating func joinMaps() throws {
    let groups = Dictionary(
      grouping: nodes.indices.filter {
        nodes[$0].operation == .linear && nodes[$0].inputs.count == 3
          && nodes[$0].inputs.dropFirst().allSatisfy { constant($0) != nil }
      }, by: { nodes[$0].inputs[0] })
    var dropped = Set<Int>()
    var added: [Int: [Node]] = [:]
    for (input, members) in groups where members.count > 1 {
      let maps = members.map { nodes[$0] }
      let weights = maps.compactMap { constant($0.inputs[1]) }
      guard Set(weights.map(\.shape)).count == 1,
        case .fixed(let width)? = shape(maps[0].outputs[0]).last
      else { continue }
      var joined = shape(maps[0].outputs[0])
      joined[joined.count - 1] = .fixed(width * maps.count)
      func constants(_ place: Int) throws -> ValueID {
        let parts = maps.compactMap { constant($0.inputs[place]) }
        let names = maps.map { name($0.inputs[place]) }
        return add(.constant(try .concatenated(parts), name: names[0].map { $0 + ".joined" }))
      }
      let inputs = [input, try constants(1), try constants(2)]
      let result = add(.computed(shape: joined, dtype: dtype(maps[0].outputs[0])))
      added[members[0]] = [
        Node(operation: .linear, inputs: inputs, outputs: [result]),
        Node(
          operation: .split(axis: joined.count - 1), inputs: [result],
          outputs: maps.map { $0.outputs[0] }),
      ]
      dropped.formUnion(members)
    }
    nodes = nodes.indices.flatMap { added[$0] ?? (dropped.contains($0) ? [] : [nodes[$0]]) }
  }

  private func name(_ id: ValueID) -> String? {
    if case .constant(_, let name) = values[id] { name } else { nil }
  }

  /// Slices that are all equal parts of an axis become one split.
  private mutating func joinSlices() {
    let groups = Dictionary(
      grouping: nodes.indices.filter {
        if case .slice = nodes[$0].operation { true } else { false }
      },
      by: { nodes[$0].inputs[0] })
    var dropped = Set<Int>()
    var added: [Int: Node] = [:]
    for (input, members) in groups where members.count > 1 {
      let parts = members.compactMap { index -> (start: Int, axis: Int, size: Int, index: Int)? in
        guard case .slice(let axis, let start) = nodes[index].operation,
          case .fixed(let size) = shape(nodes[index].outputs[0])[axis]
        else { return nil }
        return (start, axis, size, index)
      }.sorted { $0.start < $1.start }
      guard parts.count == members.count, Set(parts.map(\.axis)).count == 1,
        Set(parts.map(\.size)).count == 1,
        parts.enumerated().allSatisfy({ $1.start == $0 * $1.size }),
        shape(input)[parts[0].axis] == .fixed(parts.count * parts[0].size),
        let first = members.min()
      else { continue }
      added[first] = Node(
        operation: .split(axis: parts[0].axis), inputs: [input],
        outputs: parts.map { nodes[$0.index].outputs[0] })
      dropped.formUnion(members)
    }
    nodes = nodes.indices.compactMap { added[$0] ?? (dropped.contains($0) ? nil : nodes[$0]) }
  }

  /// Drops what nothing needs.
  mutating func removeUnused() {
    var needed: Set<ValueID> = [output]
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    nodes = kept.reversed()
  }
}
