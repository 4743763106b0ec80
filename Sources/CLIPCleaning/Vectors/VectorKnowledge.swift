import CLIPData
import CLIPModels
import Foundation
import Synchronization

/// Vectors of pictures and texts: a file for each part, made when a step first asks, and used again by
/// whoever comes later with the same model.
final class VectorKnowledge: Sendable {
  private let folder: URL
  private let load: (@Sendable () throws -> CLIP)?
  private let model: Mutex<CLIP?> = Mutex(nil)
  private let opened: Mutex<[String: VectorFile]> = Mutex([:])

  init(folder: URL, load: (@Sendable () throws -> CLIP)?) {
    self.folder = folder
    self.load = load
  }

  /// The model, loaded when it is first needed.
  func clip() throws -> CLIP {
    try model.withLock { model in
      if let model { return model }
      guard let load else { throw CleaningError.invalid("No model was named (--model).") }
      let loaded = try load()
      guard !loaded.interaction.needsTokens else {
        throw CleaningError.invalid(
          "\(loaded.name) compares token by token; steps with scores need a model of one vector.")
      }
      model = loaded
      return loaded
    }
  }

  private func file(_ kind: String, _ part: Int) throws -> URL {
    folder.appending(path: "\(kind)-\(part.padded(6)).\(try clip().fingerprint).vectors")
  }

  private func opened(_ kind: String, _ part: Int, count: Int) throws -> VectorFile? {
    let url = try file(kind, part)
    return opened.withLock { opened in
      if let known = opened[url.path] { return known }
      let found = VectorFile(url, count: count)
      opened[url.path] = found
      return found
    }
  }

  /// Vectors of a part's pictures.
  ///
  /// - Throws: ``CleaningError`` where nobody has embedded them.
  func pictures(_ part: Int, count: Int) throws -> VectorFile {
    guard let found = try opened("pictures", part, count: count) else {
      throw CleaningError.unreadable(
        path: try file("pictures", part).path, reason: "it is no file of vectors")
    }
    return found
  }

  /// Vectors of a part's texts.
  ///
  /// - Throws: ``CleaningError`` where nobody has embedded them.
  func texts(_ part: Int, count: Int) throws -> VectorFile {
    guard let found = try opened("texts", part, count: count) else {
      throw CleaningError.unreadable(
        path: try file("texts", part).path, reason: "it is no file of vectors")
    }
    return found
  }

  /// Embeds pictures that are wanted and have no vector yet, part by part: what is done stays.
  func embedPictures(
    _ wanted: [[Bool]], of input: CleaningInput, progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let total = wanted.reduce(0) { $0 + $1.count { $0 } }
    var done = 0
    for (part, wanted) in wanted.enumerated() where wanted.contains(true) {
      try Task.checkCancellation()
      let known = try opened("pictures", part, count: wanted.count)
      let missing = wanted.indices.filter { wanted[$0] && known?.key($0) ?? 0 == 0 }
      done += wanted.count { $0 } - missing.count
      guard !missing.isEmpty else { continue }
      var vectors = Self.entries(of: known, count: wanted.count)
      let pictures = try input.pictures(ofPart: part)
      let inputs = missing.map { index in
        PictureInput(name: "picture \(index) of part \(part)") { try pictures.data(at: index) }
      }
      let clip = try clip()
      try clip.embed(pictures: inputs) { position, result in
        // A picture that cannot be read has a vector of zeros, which fits nothing.
        let vector = (try? result.get()).map(Array.init)
        vectors[missing[position]] = (
          1, vector ?? [Float](repeating: 0, count: clip.embeddingDimension)
        )
        done += 1
        progress(done, total)
      }
      try replace("pictures", part, vectors)
    }
  }

  /// Embeds texts of rows that stay, part by part.
  func embedTexts(_ view: RowsView) throws {
    for part in 0..<view.input.rowParts {
      try Task.checkCancellation()
      defer { view.progress(part + 1, view.input.rowParts) }
      let alive = view.states.alive(part)
      guard !alive.isEmpty else { continue }
      let rows = try view.input.rows(ofPart: part)
      let known = try opened("texts", part, count: rows.count)
      let clip = try clip()
      var vectors = Self.entries(of: known, count: rows.count)
      var places: [String: [Int]] = [:]
      for index in alive {
        let text = view.text(try rows.row(at: index).text)
        guard vectors[index]?.key != StableHash.hash(text) | 1 else { continue }
        places[text, default: []].append(index)
      }
      guard !places.isEmpty else { continue }
      let texts = places.keys.sorted()
      let embedded = try clip.embed(texts: texts)
      for (text, vector) in zip(texts, embedded) {
        for index in places[text] ?? [] {
          vectors[index] = (StableHash.hash(text) | 1, Array(vector))
        }
      }
      try replace("texts", part, vectors)
    }
  }

  private static func entries(
    of file: VectorFile?, count: Int
  ) -> [(key: UInt64, vector: [Float])?] {
    (0..<count).map { index in
      guard let file, file.key(index) != 0 else { return nil }
      return (file.key(index), file.vector(index))
    }
  }

  private func replace(
    _ kind: String, _ part: Int, _ vectors: [(key: UInt64, vector: [Float])?]
  ) throws {
    let url = try file(kind, part)
    try VectorFile.write(vectors, dimension: try clip().embeddingDimension, to: url)
    opened.withLock { $0[url.path] = nil }
  }
}
