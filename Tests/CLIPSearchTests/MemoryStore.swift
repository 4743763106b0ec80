import CLIPImages
import CLIPSearch
import Foundation
import Synchronization

/// A second store, so that it shows when the library asks more of one than the protocol says: all in
/// memory, every search by looking at every vector.
///
/// Stores live as long as the process, by the folder of their library, so that they can be opened again.
final class MemoryStore: PictureStore {
  private static let stores = Mutex<[String: MemoryStore]>([:])

  static let kind = StoreKind(scheme: "memory") { address in
    try stores.withLock { stores in
      if let store = stores[address.folder] { return store }
      guard address.isCreating else { throw SearchError.noLibrary(folder: address.folder) }
      let store = MemoryStore(name: address.text)
      stores[address.folder] = store
      return store
    }
  }

  struct Entry {
    var picture: Picture
    var content: Data?
    /// By fingerprint of the model.
    var vectors: [String: [VectorKind: [Float]]] = [:]
  }

  struct State {
    var head = StoreHead(model: nil, pending: nil, generation: 0)
    var entries: [Int64: Entry] = [:]
    var numbers: [Data: Int64] = [:]
    var next: Int64 = 1
    var failures: [Data: (status: FileStatus, reason: String)] = [:]
    var forgotten: Set<Data> = []
    var allowed: [String] = []
    var prompts: [String: [String: [Float]]] = [:]
  }

  let name: String
  let isReadOnly = false
  let state = Mutex(State())

  init(name: String) { self.name = name }

  func head() async throws -> StoreHead { state.withLock(\.head) }

  func checkHealth() async throws {}

  func statistics() async throws -> LibraryStatistics {
    state.withLock { state in
      let entries = state.entries.values
      let model = state.head.model
      func count(_ model: StoredModel?) -> Int {
        entries.count { $0.vectors[model?.fingerprint ?? ""]?[.picture] != nil }
      }
      return LibraryStatistics(
        pictures: entries.count, vectors: count(model),
        captions: entries.count { $0.picture.caption != nil },
        tags: Set(entries.flatMap(\.picture.tags)).count, failures: state.failures.count,
        pictureBytes: entries.reduce(0) { $0 + $1.picture.size }, databaseBytes: 0,
        model: model?.name, modelSource: model?.source, fingerprint: model?.fingerprint,
        dimension: model?.dimension ?? 0,
        reembedding: state.head.pending.map { .init(model: $0.name, done: count($0)) })
    }
  }

  // MARK: Pictures

  func pictures(_ ids: [Int64]) async throws -> [Picture] {
    state.withLock { state in ids.compactMap { state.entries[$0]?.picture } }
  }

  func pictures(
    where filter: PictureFilter?, order: PictureLibrary.Order, limit: Int, offset: Int
  ) async throws -> [Picture] {
    let found = matching(filter).sorted { left, right in
      switch order {
      case .newest:
        (left.taken ?? "") != (right.taken ?? "")
          ? (left.taken ?? "") > (right.taken ?? "") : left.id > right.id
      case .path: left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
      case .added: left.id < right.id
      case .latest: left.id > right.id
      }
    }
    return Array(found.dropFirst(max(0, offset)).prefix(max(0, limit)))
  }

  func count(where filter: PictureFilter?) async throws -> Int { matching(filter).count }

  private func matching(_ filter: PictureFilter?) -> [Picture] {
    state.withLock { state in
      state.entries.values.map(\.picture).filter { filter?.condition.holds(for: $0) ?? true }
    }
  }

  func id(ofPath path: String) async throws -> Int64? {
    state.withLock { $0.numbers[Data(path.utf8)] }
  }

  func content(of id: Int64) async throws -> Data? { state.withLock { $0.entries[id]?.content } }

  func tags() async throws -> [(tag: String, count: Int)] {
    let tags = state.withLock { $0.entries.values.flatMap(\.picture.tags) }
    return Dictionary(grouping: tags) { $0 }.map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }

  func folders() async throws -> [(path: String, count: Int)] {
    let folders = state.withLock { $0.entries.values.map { Paths.split($0.picture.path).folder } }
    return Dictionary(grouping: folders) { $0 }.map { ($0.key, $0.value.count) }
      .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }

  func page(after id: Int64, limit: Int) async throws -> [StoredPicture] {
    state.withLock { state in
      state.entries.keys.filter { $0 > id }.sorted().prefix(limit).compactMap { state.stored($0) }
    }
  }

  func pictures(withContent content: Data) async throws -> [StoredPicture] {
    state.withLock { state in
      state.entries.keys.sorted().filter { state.entries[$0]?.content == content }.prefix(32)
        .compactMap { state.stored($0) }
    }
  }

  // MARK: Vectors

  private struct View: VectorView {
    let model: StoredModel
    let found: [Int64: [Float]]

    func ids() async throws -> [Int64] { found.keys.sorted() }

    func vectors(of ids: [Int64]) async throws -> [[Float]?] { ids.map { found[$0] } }

    func nearest(
      _ limit: Int, to queries: [[Float]], isExact: Bool
    ) async throws -> [[ScoredPicture]] {
      queries.map { query in
        let scored = found.map { id, vector in
          ScoredPicture(id: id, score: zip(query, vector).reduce(0) { $0 + $1.0 * $1.1 })
        }
        return Array(scored.sorted(by: ScoredPicture.precedes).prefix(limit))
      }
    }
  }

  func vectors(
    of kind: VectorKind, where filter: PictureFilter?
  ) async throws -> (any VectorView)? {
    state.withLock { state in
      guard let model = state.head.model else { return nil }
      let found = state.entries.filter { filter?.condition.holds(for: $0.value.picture) ?? true }
        .compactMapValues { $0.vectors[model.fingerprint]?[kind] }
      return View(model: model, found: found)
    }
  }

  func prompts(of model: StoredModel) async throws -> [String: [Float]] {
    state.withLock { $0.prompts[model.fingerprint] ?? [:] }
  }

  func keep(_ prompts: [String: [Float]], of model: StoredModel) async throws {
    state.withLock { state in
      guard state.head.model?.fingerprint == model.fingerprint else { return }
      state.prompts[model.fingerprint, default: [:]].merge(prompts) { _, new in new }
    }
  }

  // MARK: Writing

  func adopt(_ model: StoredModel) async throws {
    try state.withLock { try $0.adopt(model, in: name) }
  }

  @discardableResult
  func write(_ changes: [StoreChange], by model: StoredModel?) async throws -> [StoreOutcome] {
    try state.withLock { state in
      var changed = state
      if let model { try changed.adopt(model, in: name) }
      let outcomes = changes.map { changed.apply($0) }
      changed.head.generation += 1
      state = changed
      return outcomes
    }
  }

  // MARK: Files

  func states(ofFiles paths: [String]) async throws -> [FileState] {
    state.withLock { state in
      paths.map { path in
        let key = Data(path.utf8)
        if state.forgotten.contains(key) { return .forgotten }
        if let id = state.numbers[key], let entry = state.entries[id] {
          let vectors = entry.vectors[state.head.model?.fingerprint ?? ""]
          return .picture(id: id, entry.status, hasVector: vectors?[.picture] != nil)
        }
        return state.failures[key].map { .failed($0.status, reason: $0.reason) } ?? .unknown
      }
    }
  }

  func files(below path: String) async throws -> [(id: Int64, path: String)] {
    state.withLock { state in
      state.entries.values.map(\.picture).filter { $0.path == path || $0.path.isBelow(path) }
        .map { ($0.id, $0.path) }
    }
  }

  func forgotten() async throws -> [String] {
    state.withLock { $0.forgotten.map(\.text).sorted() }
  }

  func failures(below folder: String?) async throws -> [IndexFailure] {
    state.withLock { state in
      state.failures.map { IndexFailure(path: $0.key.text, reason: $0.value.reason) }
        .filter { folder.map($0.path.isBelow) ?? true }
        .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
  }

  func allowedFolders() async throws -> [String] { state.withLock(\.allowed) }

  // MARK: Changing the model

  func beginReembedding(with model: StoredModel) async throws -> Bool {
    try state.withLock { state in
      guard let current = state.head.model else { throw SearchError.emptyLibrary(folder: name) }
      if let pending = state.head.pending {
        guard pending.fingerprint == model.fingerprint else {
          throw SearchError.otherReembedding(
            folder: name, pending: pending.title, offered: model.title)
        }
        return true
      }
      guard current.fingerprint != model.fingerprint else { return false }
      state.head.pending = model
      return true
    }
  }

  func waiting(for kind: VectorKind, after id: Int64, limit: Int) async throws -> [Picture] {
    state.withLock { state in
      let pending = state.head.pending?.fingerprint ?? ""
      return state.entries.values.filter {
        $0.picture.id > id && $0.vectors[pending]?[kind] == nil
          && (kind == .picture || $0.picture.caption != nil)
      }.map(\.picture).sorted { $0.id < $1.id }.prefix(limit).map { $0 }
    }
  }

  func finishReembedding(with model: StoredModel) async throws {
    state.withLock { state in
      guard state.head.pending?.fingerprint == model.fingerprint else { return }
      state.head.model = state.head.pending
      state.endReembedding()
    }
  }

  func cancelReembedding() async throws -> Bool {
    state.withLock { state in
      guard state.head.pending != nil else { return false }
      state.endReembedding()
      return true
    }
  }

  func compact() async throws {}

  func rebuild() async throws {}
}

extension MemoryStore.Entry {
  var status: FileStatus { FileStatus(size: picture.size, modified: picture.modified) }
}

extension MemoryStore.State {
  mutating func adopt(_ model: StoredModel, in store: String) throws {
    try head.check(model, in: store)
    var adopted = head.model ?? model
    adopted.source = model.source ?? adopted.source
    head.model = adopted
  }

  mutating func endReembedding() {
    head.pending = nil
    head.generation += 1
    let kept = head.model?.fingerprint
    entries = entries.mapValues { entry in
      var entry = entry
      entry.vectors = entry.vectors.filter { $0.key == kept }
      return entry
    }
  }

  func stored(_ id: Int64) -> StoredPicture? {
    entries[id].map { entry in
      let vectors = entry.vectors[head.model?.fingerprint ?? ""] ?? [:]
      return StoredPicture(
        picture: entry.picture, content: entry.content, vector: vectors[.picture],
        captionVector: vectors[.caption])
    }
  }

  mutating func apply(_ change: StoreChange) -> StoreOutcome {
    switch change {
    case .save(let entry): return save(entry)
    case .touch(let id, let status): return set(status, of: id)
    case .move(let id, let old, let entry):
      guard let moved = entries[id], moved.picture.path.utf8.elementsEqual(old.utf8) else {
        return save(entry)
      }
      if let overwritten = numbers[Data(entry.path.utf8)], overwritten != id {
        remove(overwritten)
      }
      numbers[Data(old.utf8)] = nil
      numbers[Data(entry.path.utf8)] = id
      entries[id]?.picture.path = entry.path
      failures[Data(entry.path.utf8)] = nil
      _ = set(entry.status, of: id)
      return .moved
    case .remove(let id, let path):
      guard let entry = entries[id], entry.picture.path.utf8.elementsEqual(path.utf8) else {
        return .absent
      }
      remove(id)
      return .removed
    case .caption(let caption, let vector, let id):
      guard entries[id] != nil else { return .absent }
      entries[id]?.picture.caption = caption
      for fingerprint in (entries[id]?.vectors ?? [:]).keys {
        entries[id]?.vectors[fingerprint]?[.caption] = nil
      }
      if let vector, let model = head.model {
        entries[id]?.vectors[model.fingerprint, default: [:]][.caption] = vector
      }
      return .done
    case .tags(let tags, let id):
      guard entries[id] != nil else { return .absent }
      entries[id]?.picture.tags = []
      add(tags, to: id)
      return .done
    case .pendingVector(let vector, let kind, let id):
      guard let pending = head.pending, entries[id] != nil else { return .absent }
      entries[id]?.vectors[pending.fingerprint, default: [:]][kind] = vector
      return .done
    case .fail(let path, let status, let reason):
      failures[Data(path.utf8)] = (status, reason)
      guard let outdated = numbers[Data(path.utf8)] else { return .done }
      remove(outdated)
      return .removed
    case .miss(let path, let reason):
      failures[Data(path.utf8)] = (FileStatus(size: 0, modified: 0), reason)
      return .done
    case .dismissFailure(let path):
      return failures.removeValue(forKey: Data(path.utf8)) == nil ? .absent : .done
    case .forget(let path):
      return forgotten.insert(Data(path.utf8)).inserted ? .done : .absent
    case .restore(let path):
      return forgotten.remove(Data(path.utf8)) == nil ? .absent : .done
    case .restoreAll:
      defer { forgotten = [] }
      return .restored(forgotten.count)
    case .allow(let folder):
      guard !allowed.contains(folder) else { return .absent }
      allowed.append(folder)
      return .done
    }
  }

  private mutating func save(_ entry: CatalogueEntry) -> StoreOutcome {
    let key = Data(entry.path.utf8)
    let known = numbers[key]
    let id = known ?? next
    if known == nil { next += 1 }
    var stored =
      entries[id]
      ?? MemoryStore.Entry(
        picture: Picture(
          id: id, path: entry.path, size: 0, modified: 0, format: "", width: 0, height: 0,
          taken: nil, camera: nil, caption: nil, tags: []))
    stored.content = entry.content
    stored.picture.size = entry.status.size
    stored.picture.modified = entry.status.modified
    stored.picture.format = entry.format
    stored.picture.width = entry.width
    stored.picture.height = entry.height
    stored.picture.taken = entry.taken
    stored.picture.camera = entry.camera
    stored.picture.caption = entry.caption ?? stored.picture.caption
    if let model = head.model?.fingerprint {
      for (kind, vector) in [(VectorKind.picture, entry.vector), (.caption, entry.captionVector)] {
        guard let vector else { continue }
        for other in stored.vectors.keys { stored.vectors[other]?[kind] = nil }
        stored.vectors[model, default: [:]][kind] = vector
      }
    }
    entries[id] = stored
    numbers[key] = id
    failures[key] = nil
    add(entry.tags, to: id)
    return known == nil ? .added(id) : .changed(id)
  }

  private mutating func set(_ status: FileStatus, of id: Int64) -> StoreOutcome {
    guard entries[id] != nil else { return .absent }
    entries[id]?.picture.size = status.size
    entries[id]?.picture.modified = status.modified
    return .done
  }

  private mutating func add(_ tags: [String], to id: Int64) {
    let tags = tags.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    let all = Set((entries[id]?.picture.tags ?? []) + tags).subtracting([""])
    entries[id]?.picture.tags = all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private mutating func remove(_ id: Int64) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    numbers[Data(entry.picture.path.utf8)] = nil
  }
}

extension String {
  fileprivate func isBelow(_ folder: String) -> Bool {
    utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
  }
}

extension Data {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
