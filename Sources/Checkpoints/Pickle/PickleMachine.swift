/// The stack machine of a pickle, with every node in one array and references as indices.
///
/// Containers are filled after they were put on the stack or remembered, so they need identity;
/// indices give it without objects, and no depth of nesting can overflow the call stack here.
struct PickleMachine {
  /// One value under construction; `Int`s are indices of other nodes.
  enum Node {
    case leaf(PickleValue)
    case list([Int])
    case tuple([Int])
    case set([Int])
    /// Keys and values in turn.
    case dictionary([Int])
    indirect case object(name: String, arguments: Int, entries: [Int], state: Int?)
    case persistent(Int)
  }

  var cursor: ByteCursor
  let source: String
  let allowedGlobals: PickleGlobals
  let limits: PickleLimits
  var nodes: [Node] = []
  var stack: [Int] = []
  var marks: [Int] = []
  var memory: [UInt32: Int] = [:]

  init(cursor: ByteCursor, reader: PickleReader) {
    self.cursor = cursor
    source = reader.source
    allowedGlobals = reader.allowedGlobals
    limits = reader.limits
  }

  /// Where the pickle ended.
  var end: Int { cursor.offset }

  /// Runs to the end.
  /// - Returns: the node of the result.
  mutating func run() throws -> Int {
    while true {
      let offset = cursor.offset
      let byte: UInt8 = try cursor.integer()
      guard let operation = PickleOperation(rawValue: byte) else {
        throw CheckpointError.refusedOperation(
          source: source, operation: PickleOperation.refusedName(byte), offset: offset)
      }
      if operation == .stop { return try pop() }
      try perform(operation)
    }
  }

  private mutating func perform(_ operation: PickleOperation) throws {
    switch operation {
    case .proto:
      let version: UInt8 = try cursor.integer()
      guard version <= 5 else { throw damage("its pickle protocol \(version) is unknown") }
    case .frame:
      _ = try cursor.take(8)
    case .stop:
      return
    case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat,
      .binUnicode, .shortBinUnicode, .binUnicode8, .shortBinString, .binString, .shortBinBytes,
      .binBytes, .binBytes8, .byteArray8:
      try push(.leaf(try scalar(operation)))
    case .mark:
      try checkCount(marks.count)
      marks.append(stack.count)
    case .emptyTuple, .tuple1, .tuple2, .tuple3, .tuple, .emptyList, .append, .appends,
      .emptyDictionary, .setItem, .setItems, .emptySet, .addItems, .frozenSet:
      try performContainer(operation)
    case .pop:
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark:
      _ = try popToMark()
    case .binGet, .longBinGet, .binPut, .longBinPut, .memoize:
      try performMemory(operation)
    case .global, .stackGlobal, .reduce, .newObject, .build, .binPersistentID:
      try performReference(operation)
    }
  }

  private mutating func performMemory(_ operation: PickleOperation) throws {
    switch operation {
    case .binGet: try recall(UInt32(try cursor.integer(UInt8.self)))
    case .longBinGet: try recall(try cursor.integer(UInt32.self))
    case .binPut: try remember(UInt32(try cursor.integer(UInt8.self)))
    case .longBinPut: try remember(try cursor.integer(UInt32.self))
    default: try remember(UInt32(memory.count))
    }
  }

  private mutating func remember(_ key: UInt32) throws {
    try checkCount(memory.count)
    memory[key] = try top()
  }

  private mutating func recall(_ key: UInt32) throws {
    guard let node = memory[key] else { throw damage("it recalls value \(key) before storing it") }
    try pushIndex(node)
  }
}

extension PickleMachine {
  func damage(_ reason: String) -> CheckpointError {
    .damaged(source: source, reason: "\(reason) (pickle, near byte \(cursor.offset))")
  }

  func checkCount(_ count: Int) throws {
    guard count < limits.maximumValues else {
      throw CheckpointError.limitExceeded(
        source: source, what: "the number of values in its pickle", found: count + 1,
        allowed: limits.maximumValues)
    }
  }

  mutating func push(_ node: Node) throws {
    try checkCount(nodes.count)
    nodes.append(node)
    try pushIndex(nodes.count - 1)
  }

  mutating func pushIndex(_ index: Int) throws {
    try checkCount(stack.count)
    stack.append(index)
  }

  /// The topmost value, which must lie above the last mark.
  func top() throws -> Int {
    guard let last = stack.last, stack.count > marks.last ?? 0 else {
      throw damage("it uses a value that is not there")
    }
    return last
  }

  mutating func pop() throws -> Int {
    let last = try top()
    stack.removeLast()
    return last
  }

  mutating func pop(_ count: Int) throws -> [Int] {
    guard stack.count - count >= marks.last ?? 0 else {
      throw damage("it uses a value that is not there")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws -> [Int] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw damage("it closes a group that it did not open")
    }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }
}
