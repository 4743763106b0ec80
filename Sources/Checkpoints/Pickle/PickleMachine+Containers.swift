extension PickleMachine {
  /// Makes or fills a container.
  mutating func performContainer(_ operation: PickleOperation) throws {
    switch operation {
    case .emptyTuple: try push(.tuple([]))
    case .tuple1: try push(.tuple(try pop(1)))
    case .tuple2: try push(.tuple(try pop(2)))
    case .tuple3: try push(.tuple(try pop(3)))
    case .tuple: try push(.tuple(try popToMark()))
    case .emptyList: try push(.list([]))
    case .append: try extend(with: try pop(1))
    case .appends: try extend(with: try popToMark())
    case .emptyDictionary: try push(.dictionary([]))
    case .setItem: try insert(try pop(2))
    case .setItems: try insert(try popToMark())
    case .emptySet: try push(.set([]))
    case .addItems: try addToSet(try popToMark())
    default: try push(.set(try popToMark()))
    }
  }

  private mutating func extend(with items: [Int]) throws {
    let target = try top()
    guard case .list(var elements) = nodes[target] else {
      throw damage("it appends to something that is no list")
    }
    // The node lets go of its array first, so that appending does not copy it.
    nodes[target] = .list([])
    elements += items
    nodes[target] = .list(elements)
  }

  private mutating func addToSet(_ items: [Int]) throws {
    let target = try top()
    guard case .set(var elements) = nodes[target] else {
      throw damage("it adds to something that is no set")
    }
    nodes[target] = .set([])
    elements += items
    nodes[target] = .set(elements)
  }

  private mutating func insert(_ items: [Int]) throws {
    guard items.count.isMultiple(of: 2) else { throw damage("a key has no value") }
    let target = try top()
    switch nodes[target] {
    case .dictionary(var entries):
      nodes[target] = .dictionary([])
      entries += items
      nodes[target] = .dictionary(entries)
    case .object(let name, let arguments, var entries, let state):
      nodes[target] = .dictionary([])
      entries += items
      nodes[target] = .object(name: name, arguments: arguments, entries: entries, state: state)
    default:
      throw damage("it sets a key of something that is no dictionary")
    }
  }
}
