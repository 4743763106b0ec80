package import CLIPSearch
package import Foundation

extension MilvusStore {
  /// Which pictures a filter holds for.
  enum Selection {
    /// Those for which a condition of Milvus's holds.
    case condition(String)
    /// These, in order: the filter was looked at picture by picture.
    case numbers([Int64])
  }

  func selection(_ filter: PictureFilter?, _ table: MilvusTable) throws -> Selection {
    guard let filter else { return .condition("") }
    let expression = MilvusExpression(paths: paths) { try self.facets() }
    if let text = try expression.text(filter.condition) { return .condition(text) }
    var numbers: [Int64] = []
    try scan(table, "", fields: MilvusRow.fields) { rows, row in
      let picture = rows.row(row).picture(paths)
      if filter.condition.holds(for: picture) { numbers.append(picture.id) }
      return true
    }
    return .numbers(numbers)
  }

  package func pictures(_ ids: [Int64]) async throws -> [Picture] {
    try await calling { try pictures(ids, pictures()) }
  }

  /// Pictures in the order of the numbers given; unknown ones are left out.
  private func pictures(_ ids: [Int64], _ table: MilvusTable?) throws -> [Picture] {
    guard let table, !ids.isEmpty else { return [] }
    let rows = try table.rows(numbers: ids, withVectors: false)
    let found = Dictionary(rows.map { ($0.number, $0) }) { first, _ in first }
    return ids.compactMap { found[$0]?.picture(paths) }
  }

  package func pictures(
    where filter: PictureFilter?, order: PictureLibrary.Order, limit: Int, offset: Int
  ) async throws -> [Picture] {
    try await calling {
      guard limit > 0, let table = try pictures() else { return [] }
      let end = max(0, offset) + limit
      var numbers: [Int64] = []
      switch (order, try selection(filter, table)) {
      case (.added, .numbers(let found)): numbers = Array(found.prefix(end))
      case (.latest, .numbers(let found)): numbers = Array(found.reversed().prefix(end))
      case (.added, .condition(let condition)), (.latest, .condition(let condition)):
        try scan(table, condition, fields: ["number"], isDescending: order == .latest) {
          numbers.append($0.integer("number", $1))
          return numbers.count < end
        }
      case (.newest, let selection), (.path, let selection):
        numbers = try sorted(selection, by: order, table)
      }
      return try pictures(Array(numbers.prefix(end).dropFirst(max(0, offset))), table)
    }
  }

  /// All numbers of a selection, sorted by a field: Milvus does not sort.
  private func sorted(
    _ selection: Selection, by order: PictureLibrary.Order, _ table: MilvusTable
  ) throws -> [Int64] {
    var keyed: [(key: String, number: Int64)] = []
    let field = order == .path ? "path" : "taken"
    var condition = ""
    var allowed: Set<Int64>?
    switch selection {
    case .condition(let text): condition = text
    case .numbers(let numbers): allowed = Set(numbers)
    }
    try scan(table, condition, fields: ["number", field]) { rows, row in
      let number = rows.integer("number", row)
      if allowed?.contains(number) ?? true { keyed.append((rows.text(field, row), number)) }
      return true
    }
    return keyed.sorted { left, right in
      if order == .path { return left.key.utf8.lexicographicallyPrecedes(right.key.utf8) }
      return left.key != right.key ? left.key > right.key : left.number > right.number
    }.map(\.number)
  }

  package func count(where filter: PictureFilter?) async throws -> Int {
    try await calling {
      guard let table = try pictures() else { return 0 }
      switch try selection(filter, table) {
      case .condition(let condition): return try table.collection.count(condition)
      case .numbers(let numbers): return numbers.count
      }
    }
  }

  package func id(ofPath path: String) async throws -> Int64? {
    try await calling {
      try pictures()?.rows(keys: [MilvusRow.key(paths.stored(path))], withVectors: false).first?
        .number
    }
  }

  package func content(of id: Int64) async throws -> Data? {
    try await calling {
      try pictures()?.rows(numbers: [id], withVectors: false).first.flatMap {
        MilvusRow.bytes($0.content)
      }
    }
  }

  package func tags() async throws -> [(tag: String, count: Int)] {
    try await calling { try facets().tags }
  }

  package func folders() async throws -> [(path: String, count: Int)] {
    try await calling { try facets().folders.map { (paths.absolute($0.path), $0.count) } }
  }

  package func page(after id: Int64, limit: Int) async throws -> [StoredPicture] {
    try await calling {
      guard limit > 0, let table = try pictures() else { return [] }
      var numbers: [Int64] = []
      // Close numbers first: a walk asks for the next few, and there are hardly any gaps.
      let end = try state.end()
      let near = min(end, id + 1 + Int64(2 * limit))
      for range in [id + 1..<max(id + 1, near), near..<max(near, end)] where numbers.count < limit {
        try scan(table, "", fields: ["number"], range: range) {
          numbers.append($0.integer("number", $1))
          return numbers.count < limit
        }
      }
      return try stored(table.rows(numbers: numbers, withVectors: true))
    }
  }

  package func pictures(withContent content: Data) async throws -> [StoredPicture] {
    try await calling {
      let digits = MilvusRow.hexadecimal(content)
      guard !digits.isEmpty,
        let rows = try pictures()?.rows("content == \"\(digits)\"", withVectors: true)
      else { return [] }
      return try stored(rows.sorted { $0.number < $1.number }.prefix(32))
    }
  }

  /// Rows with the vectors of their captions.
  private func stored(_ rows: some Collection<MilvusRow>) throws -> [StoredPicture] {
    guard let model = try state.head().model else { return [] }
    let table = MilvusTable(channel, model, .caption)
    let keys = rows.filter { !$0.caption.isEmpty }.map(\.key)
    let captions = Dictionary(
      try table.rows(keys: keys, withVectors: true).map { ($0.key, $0.vector) }
    ) { first, _ in first }
    return rows.sorted { $0.number < $1.number }.map { row in
      StoredPicture(
        picture: row.picture(paths), content: MilvusRow.bytes(row.content), vector: row.vector,
        captionVector: captions[row.key] ?? nil)
    }
  }
}
