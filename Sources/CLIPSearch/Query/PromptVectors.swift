import CLIPModels
import Files
import Foundation
import Synchronization

/// Lists of words among the resources.
enum WordList {
  static func bundled(_ name: String) throws -> [String] {
    try SearchError.wrapping {
      let folder = try ResourceFolder.url(of: "CLIPSearch")
      return lines(
        of: try String(contentsOf: folder.appending(path: "\(name).txt"), encoding: .utf8))
    }
  }

  /// The lines that are neither empty nor notes.
  static func lines(of text: String) -> [String] {
    text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }
}

extension PictureLibrary {
  /// The background prompts as the model sees them.
  func backgroundVectors() async throws -> [[Float]] {
    try await promptVectors(BackgroundPrompts.bundled())
  }

  /// Unit vectors of texts that are needed again and again; the library keeps them.
  func promptVectors(_ texts: [String]) async throws -> [[Float]] {
    let model = try requireModel(for: "Comparing with prompts")
    var known = promptCache.withLock { $0 }
    if texts.contains(where: { known[$0] == nil }) {
      let kept = try await store.prompts(of: StoredModel(model))
      known.merge(kept) { _, new in new }
    }
    let missing = texts.filter { known[$0] == nil }
    var made: [String: [Float]] = [:]
    for start in stride(from: 0, to: missing.count, by: 64) {
      try Task.checkCancellation()
      let some = Array(missing[start..<min(start + 64, missing.count)])
      for (text, row) in zip(
        some, try Rows.split(try await model.embeddings(of: some), model: model))
      {
        guard let unit = UnitVector.of(row) else {
          throw SearchError.invalidVector(what: "The prompt '\(text)'")
        }
        // As it will be read back, so that scores never depend on who computed it.
        made[text] = VectorCodec.decode(VectorCodec.encode(unit), dimension: unit.count)
      }
    }
    // Not being able to keep them only costs time.
    if !made.isEmpty { try? await store.keep(made, of: StoredModel(model)) }
    known.merge(made) { old, _ in old }
    promptCache.withLock { [known] in $0 = known }
    return texts.compactMap { known[$0] }
  }
}
