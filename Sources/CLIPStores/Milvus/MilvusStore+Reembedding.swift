package import CLIPSearch

extension MilvusStore {
  package func beginReembedding(with model: StoredModel) async throws -> Bool {
    try await calling {
      try state.exclusively {
        var head = try state.head()
        guard let current = head.model else { throw SearchError.emptyLibrary(folder: name) }
        if let pending = head.pending {
          guard pending.fingerprint == model.fingerprint else {
            throw SearchError.otherReembedding(
              folder: name, pending: pending.title, offered: model.title)
          }
          return true
        }
        guard current.fingerprint != model.fingerprint else { return false }
        for kind in VectorKind.allCases { try MilvusTable(channel, model, kind).make() }
        head.pending = model
        try state.put(head)
        return true
      }
    }
  }

  package func waiting(
    for kind: VectorKind, after id: Int64, limit: Int
  ) async throws -> [Picture] {
    try await calling {
      let head = try state.head()
      guard limit > 0, let model = head.model, let pending = head.pending else { return [] }
      let table = MilvusTable(channel, model, .picture)
      let made = MilvusTable(channel, pending, kind)
      let condition = kind == .caption ? "caption != \"\"" : ""
      let end = try state.end()
      var found: [Picture] = []
      for start in stride(from: id + 1, to: end, by: 1_000) where found.count < limit {
        let range = start..<min(start + 1_000, end)
        let done = Set(
          try made.collection.query(
            "number >= \(range.lowerBound) and number < \(range.upperBound)", ["key"]
          ).keys)
        try scan(table, condition, fields: MilvusRow.fields, range: range) { rows, row in
          let row = rows.row(row)
          if !done.contains(row.key) { found.append(row.picture(paths)) }
          return found.count < limit
        }
      }
      return found
    }
  }

  /// The new model's rows get what is known of their pictures now, pictures that it could not embed
  /// get rows without a vector, and the library changes over.
  package func finishReembedding(with model: StoredModel) async throws {
    try await calling {
      guard let current = try state.head().model,
        try state.head().pending?.fingerprint == model.fingerprint
      else { return }
      for kind in VectorKind.allCases { try complete(kind, from: current, to: model) }
      try state.exclusively {
        var head = try state.head()
        guard head.pending?.fingerprint == model.fingerprint else { return }
        (head.model, head.pending) = (head.pending, nil)
        try state.put(head)
      }
      try state.advance()
      try drop(current)
    }
  }

  private func complete(
    _ kind: VectorKind, from current: StoredModel, to model: StoredModel
  ) throws {
    let pictures = MilvusTable(channel, current, .picture)
    let made = MilvusTable(channel, model, kind)
    let end = try state.end()
    for start in stride(from: 0, to: end, by: 1_000) {
      try Task.checkCancellation()
      let window = "number >= \(start) and number < \(min(start + 1_000, end))"
      let vectors = Dictionary(
        try made.rows(window, withVectors: true).map { ($0.key, $0.vector) }
      ) { first, _ in first }
      let rows = try pictures.rows(window, withVectors: false)
      try made.upsert(
        rows.compactMap { row in
          var row = row
          row.vector = vectors[row.key] ?? nil
          return kind == .caption && row.vector == nil ? nil : row
        })
      let known = Set(rows.map(\.key))
      try made.collection.delete(vectors.keys.filter { !known.contains($0) })
    }
  }

  package func cancelReembedding() async throws -> Bool {
    try await calling {
      try state.exclusively {
        var head = try state.head()
        guard let pending = head.pending else { return false }
        head.pending = nil
        try state.put(head)
        try drop(pending)
        return true
      }
    }
  }

  private func drop(_ model: StoredModel) throws {
    for kind in VectorKind.allCases { try MilvusTable(channel, model, kind).collection.drop() }
  }
}
