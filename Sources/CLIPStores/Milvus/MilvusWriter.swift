import CLIPImages
import CLIPSearch
import Foundation

/// Changes of a library in Milvus, one after the other; each may be done twice.
struct MilvusWriter {
  let store: MilvusStore
  let head: StoreHead

  private var state: MilvusState { store.state }

  /// Makes changes in their order; neighbouring pictures to be saved go together.
  func apply(_ changes: [StoreChange]) throws -> [StoreOutcome] {
    var outcomes: [StoreOutcome] = []
    var entries: [CatalogueEntry] = []
    var seen: Set<String> = []
    for change in changes {
      if case .save(let entry) = change, seen.insert(MilvusRow.key(entry.path)).inserted {
        entries.append(entry)
        continue
      }
      outcomes += try save(entries)
      (entries, seen) = ([], [])
      if case .save(let entry) = change {
        entries = [entry]
        seen = [MilvusRow.key(entry.path)]
      } else {
        outcomes.append(try apply(change))
      }
    }
    return outcomes + (try save(entries))
  }

  private func apply(_ change: StoreChange) throws -> StoreOutcome {
    switch change {
    case .save(let entry): return try save([entry]).first ?? .absent
    case .touch(let id, let status):
      return try update(id) {
        $0.size = status.size
        $0.modified = status.modified
      }
    case .move(let id, let old, let entry): return try move(id, from: old, to: entry)
    case .remove(let id, let path):
      guard let row = try row(id), row.path == store.paths.stored(path) else { return .absent }
      try remove([row.key])
      return .removed
    case .caption(let caption, let vector, let id): return try save(caption, vector, of: id)
    case .tags(let tags, let id): return try update(id) { $0.tags = Self.sorted(tags) }
    case .pendingVector(let vector, let kind, let id):
      guard let pending = head.pending, var row = try row(id) else { return .absent }
      row.vector = Self.rounded(vector)
      try MilvusTable(store.channel, pending, kind).upsert([row])
      return .done
    case .fail(let path, let status, let reason):
      let key = MilvusRow.key(store.paths.stored(path))
      let isKnown = try !(table(.picture)?.rows(keys: [key], withVectors: false) ?? []).isEmpty
      if isKnown { try remove([key]) }
      try note(path, status, reason)
      return isKnown ? .removed : .done
    case .miss(let path, let reason):
      try note(path, FileStatus(size: 0, modified: 0), reason)
      return .done
    case .dismissFailure(let path): return try removeEntry(.failure, path)
    case .forget(let path): return try addEntry(.forgotten, path)
    case .restore(let path): return try removeEntry(.forgotten, path)
    case .restoreAll:
      let names = try state.entries(.forgotten).map(\.name)
      try state.remove(.forgotten, named: names)
      return .restored(names.count)
    case .allow(let folder): return try addEntry(.folder, folder)
    }
  }

  // MARK: Notes

  private func addEntry(_ kind: MilvusState.Kind, _ name: String) throws -> StoreOutcome {
    guard try state.entries(kind, named: [name]).isEmpty else { return .absent }
    try state.put([.init(kind: kind, name: name, value: "")])
    return .done
  }

  private func removeEntry(_ kind: MilvusState.Kind, _ name: String) throws -> StoreOutcome {
    guard try !state.entries(kind, named: [name]).isEmpty else { return .absent }
    try state.remove(kind, named: [name])
    return .done
  }

  private func note(_ path: String, _ status: FileStatus, _ reason: String) throws {
    let failure = MilvusFailure(size: status.size, modified: status.modified, reason: reason)
    let value = String(decoding: try JSONEncoder().encode(failure), as: UTF8.self)
    try state.put([.init(kind: .failure, name: path, value: value)])
  }

  // MARK: Pictures

  private func table(_ kind: VectorKind) -> MilvusTable? {
    head.model.map { MilvusTable(store.channel, $0, kind) }
  }

  /// The tables of the model that the library is being changed to.
  private func pending(_ kind: VectorKind) -> MilvusTable? {
    head.pending.map { MilvusTable(store.channel, $0, kind) }
  }

  private func row(_ id: Int64) throws -> MilvusRow? {
    try table(.picture)?.rows(numbers: [id], withVectors: true).first
  }

  /// Changes what is known of a picture, in both tables.
  private func update(_ id: Int64, _ body: (inout MilvusRow) -> Void) throws -> StoreOutcome {
    guard var row = try row(id) else { return .absent }
    body(&row)
    try table(.picture)?.upsert([row])
    for var caption in try table(.caption)?.rows(keys: [row.key], withVectors: true) ?? [] {
      body(&caption)
      try table(.caption)?.upsert([caption])
    }
    return .done
  }

  private func save(_ entries: [CatalogueEntry]) throws -> [StoreOutcome] {
    guard !entries.isEmpty else { return [] }
    guard let pictures = table(.picture), let captions = table(.caption) else {
      throw SearchError.emptyLibrary(folder: store.name)
    }
    let keys = entries.map { MilvusRow.key(store.paths.stored($0.path)) }
    let known = Dictionary(
      try pictures.rows(keys: keys, withVectors: true).map { ($0.key, $0) }
    ) { first, _ in first }
    let knownCaptions = Dictionary(
      try captions.rows(
        keys: known.values.filter { !$0.caption.isEmpty }.map(\.key), withVectors: true
      ).map { ($0.key, $0) }
    ) { first, _ in first }
    var outcomes: [StoreOutcome] = []
    var rows: [MilvusRow] = []
    var captionRows: [MilvusRow] = []
    for (key, entry) in zip(keys, entries) {
      let old = known[key]
      var row =
        try old
        ?? MilvusRow(
          key: key, number: store.nextNumber(), path: store.paths.stored(entry.path))
      Self.describe(&row, entry)
      outcomes.append(old == nil ? .added(row.number) : .changed(row.number))
      rows.append(row)
      if let vector = entry.captionVector.map(Self.rounded) ?? knownCaptions[key]?.vector {
        row.vector = vector
        captionRows.append(row)
      }
    }
    // A change of model that is under way must embed the new contents again.
    let changed = zip(keys, entries)
    try pending(.picture)?.collection.delete(changed.filter { $1.vector != nil }.map(\.0))
    try pending(.caption)?.collection.delete(changed.filter { $1.captionVector != nil }.map(\.0))
    try captions.upsert(captionRows)
    try pictures.upsert(rows)
    try state.remove(.failure, named: entries.map(\.path))
    return outcomes
  }

  private static func describe(_ row: inout MilvusRow, _ entry: CatalogueEntry) {
    row.size = entry.status.size
    row.modified = entry.status.modified
    row.content = entry.content.map(MilvusRow.hexadecimal) ?? ""
    row.format = entry.format
    row.width = Int64(entry.width)
    row.height = Int64(entry.height)
    row.taken = entry.taken ?? ""
    row.camera = entry.camera ?? ""
    row.caption = entry.caption ?? row.caption
    row.tags = sorted(row.tags + entry.tags)
    row.vector = entry.vector.map(rounded) ?? row.vector
  }

  private func save(
    _ caption: String?, _ vector: [Float]?, of id: Int64
  ) throws -> StoreOutcome {
    guard var row = try row(id) else { return .absent }
    row.caption = caption ?? ""
    try pending(.caption)?.collection.delete([row.key])
    try table(.picture)?.upsert([row])
    if let vector {
      row.vector = Self.rounded(vector)
      try table(.caption)?.upsert([row])
    } else {
      try table(.caption)?.collection.delete([row.key])
    }
    return .done
  }

  /// Tables name pictures by their paths: the row is written under the new one, and then the old one
  /// removed.
  private func move(
    _ id: Int64, from old: String, to entry: CatalogueEntry
  ) throws -> StoreOutcome {
    guard let row = try row(id), row.path == store.paths.stored(old) else {
      return try save([entry]).first ?? .absent
    }
    let path = store.paths.stored(entry.path)
    let key = MilvusRow.key(path)
    for kind in VectorKind.allCases {
      for table in [table(kind), pending(kind)].compactMap({ $0 }) {
        // Whatever was at the new path goes, also where the moved picture has no row.
        if key != row.key { try table.collection.delete([key]) }
        for var moved in try table.rows(keys: [row.key], withVectors: true) {
          moved.key = key
          moved.path = path
          moved.size = entry.status.size
          moved.modified = entry.status.modified
          try table.upsert([moved])
        }
        if key != row.key { try table.collection.delete([row.key]) }
      }
    }
    try state.remove(.failure, named: [entry.path])
    return .moved
  }

  private func remove(_ keys: [String]) throws {
    for kind in VectorKind.allCases {
      for table in [table(kind), pending(kind)].compactMap({ $0 }) {
        try table.collection.delete(keys)
      }
    }
  }

  /// Half precision, as other stores keep vectors: a picture answers alike wherever it is.
  private static func rounded(_ vector: [Float]) -> [Float] {
    VectorCodec.decode(VectorCodec.encode(vector), dimension: vector.count) ?? vector
  }

  private static func sorted(_ tags: [String]) -> [String] {
    var seen: Set<[UInt8]> = []
    return tags.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { !$0.isEmpty && seen.insert(Array($0.utf8)).inserted }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
