extension PickleMachine {
  /// Writes down a name, a call, a state or an outside reference.
  mutating func performReference(_ operation: PickleOperation) throws {
    switch operation {
    case .global:
      let module = try cursor.line()
      let name = try cursor.line()
      try pushGlobal(
        module: String(decoding: module, as: UTF8.self),
        name: String(decoding: name, as: UTF8.self))
    case .stackGlobal:
      let parts = try pop(2)
      guard case .leaf(.string(let module)) = nodes[parts[0]],
        case .leaf(.string(let name)) = nodes[parts[1]]
      else { throw damage("a Python name is not made of two strings") }
      try pushGlobal(module: module, name: name)
    case .reduce, .newObject:
      let parts = try pop(2)
      guard case .leaf(.global(let name)) = nodes[parts[0]] else {
        throw damage("it calls something that is not a named function")
      }
      guard case .tuple = nodes[parts[1]] else {
        throw damage("the arguments of \(name) are no tuple")
      }
      try push(.object(name: name, arguments: parts[1], entries: [], state: nil))
    case .build:
      let state = try pop()
      let target = try top()
      guard case .object(let name, let arguments, let entries, .none) = nodes[target] else {
        throw damage("it sets the state of something that has none")
      }
      nodes[target] = .object(name: name, arguments: arguments, entries: entries, state: state)
    default:
      try push(.persistent(try pop()))
    }
  }

  private mutating func pushGlobal(module: String, name: String) throws {
    let full = "\(module).\(name)"
    guard allowedGlobals.contains(full) else {
      // A name may be as long as the file; the message need not be.
      throw CheckpointError.refusedGlobal(source: source, name: String(full.prefix(200)))
    }
    try push(.leaf(.global(full)))
  }
}
