extension PickleMachine {
  /// The finished value of a node.
  ///
  /// Shared nodes are built once and share memory, but count as often as they are mentioned.
  func value(of root: Int) throws -> PickleValue {
    var builder = PickleValueBuilder(machine: self)
    return try builder.build(root, depth: 0)
  }
}

/// Turns the nodes of a finished ``PickleMachine`` into values.
private struct PickleValueBuilder {
  let nodes: [PickleMachine.Node]
  let limits: PickleLimits
  let source: String
  /// Finished values by node.
  var finished: [PickleValue?]
  /// The number of values that a finished node stands for, and how deep it goes.
  var sizes: [(count: Int, height: Int)]
  var isOpen: [Bool]

  init(machine: PickleMachine) {
    nodes = machine.nodes
    limits = machine.limits
    source = machine.source
    finished = Array(repeating: nil, count: nodes.count)
    sizes = Array(repeating: (0, 0), count: nodes.count)
    isOpen = Array(repeating: false, count: nodes.count)
  }

  mutating func build(_ index: Int, depth: Int) throws -> PickleValue {
    if case .leaf(let value) = nodes[index] { return value }
    try check(depth: depth + (finished[index] == nil ? 0 : sizes[index].height))
    if let value = finished[index] { return value }
    guard !isOpen[index] else {
      throw CheckpointError.damaged(source: source, reason: "a container contains itself")
    }
    isOpen[index] = true
    defer { isOpen[index] = false }
    try measure(index, depth: depth)
    let value = try assemble(nodes[index], depth: depth)
    finished[index] = value
    return value
  }

  /// Builds the children and adds up their sizes.
  private mutating func measure(_ index: Int, depth: Int) throws {
    var count = 1
    var height = 0
    for child in children(of: nodes[index]) {
      _ = try build(child, depth: depth + 1)
      count += max(sizes[child].count, 1)
      height = max(height, sizes[child].height + 1)
      guard count <= limits.maximumValues else {
        throw CheckpointError.limitExceeded(
          source: source, what: "the number of values in its pickle, shared ones written out,",
          found: count, allowed: limits.maximumValues)
      }
    }
    sizes[index] = (count, height)
  }

  private func check(depth: Int) throws {
    guard depth <= limits.maximumDepth else {
      throw CheckpointError.limitExceeded(
        source: source, what: "the depth of containers in containers", found: depth,
        allowed: limits.maximumDepth)
    }
  }

  private func children(of node: PickleMachine.Node) -> [Int] {
    switch node {
    case .leaf: []
    case .list(let items), .tuple(let items), .set(let items), .dictionary(let items): items
    case .object(_, let arguments, let entries, let state):
      [arguments] + entries + (state.map { [$0] } ?? [])
    case .persistent(let child): [child]
    }
  }

  private mutating func assemble(
    _ node: PickleMachine.Node, depth: Int
  ) throws -> PickleValue {
    switch node {
    case .leaf(let value): return value
    case .list(let items): return .list(try values(items, depth: depth))
    case .tuple(let items): return .tuple(try values(items, depth: depth))
    case .set(let items): return .set(try values(items, depth: depth))
    case .dictionary(let items): return .dictionary(try entries(items, depth: depth))
    case .persistent(let child): return .persistent(try build(child, depth: depth + 1))
    case .object(let name, let arguments, let items, let state):
      return .object(
        PickleObject(
          name: name, arguments: try build(arguments, depth: depth + 1).elements ?? [],
          entries: try entries(items, depth: depth),
          state: try state.map { try build($0, depth: depth + 1) }))
    }
  }

  private mutating func values(_ items: [Int], depth: Int) throws -> [PickleValue] {
    var result: [PickleValue] = []
    result.reserveCapacity(items.count)
    for item in items { result.append(try build(item, depth: depth + 1)) }
    return result
  }

  private mutating func entries(_ items: [Int], depth: Int) throws -> [PickleEntry] {
    let values = try values(items, depth: depth)
    return stride(from: 0, to: values.count, by: 2).map {
      PickleEntry(key: values[$0], value: values[$0 + 1])
    }
  }
}
