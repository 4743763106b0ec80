package import CLIPSearch
import Foundation

extension MilvusStore {
  package func adopt(_ model: StoredModel) async throws { try await calling { try take(model) } }

  /// Makes a model the library's, or checks that it is.
  private func take(_ model: StoredModel) throws {
    let head = try state.head()
    try head.check(model, in: name)
    guard head.model == nil || (model.source != nil && model.source != head.model?.source) else {
      return
    }
    try state.exclusively {
      var head = try state.head()
      try head.check(model, in: name)
      for kind in VectorKind.allCases { try MilvusTable(channel, model, kind).make() }
      var adopted = head.model ?? model
      adopted.source = model.source ?? adopted.source
      head.model = adopted
      try state.put(head)
    }
  }

  @discardableResult
  package func write(
    _ changes: [StoreChange], by model: StoredModel?
  ) async throws -> [StoreOutcome] {
    guard !changes.isEmpty || model != nil else { return [] }
    return try await calling {
      if let model { try take(model) }
      let outcomes = try MilvusWriter(store: self, head: try state.head()).apply(changes)
      try state.advance()
      return outcomes
    }
  }

  package func prompts(of model: StoredModel) async throws -> [String: [Float]] {
    try await calling {
      var found: [String: [Float]] = [:]
      for entry in try state.entries(.prompt) {
        guard let prompt = Prompt(entry), prompt.fingerprint == model.fingerprint else { continue }
        found[prompt.text] = VectorCodec.decode(prompt.data, dimension: model.dimension)
      }
      return found
    }
  }

  package func keep(_ prompts: [String: [Float]], of model: StoredModel) async throws {
    try await calling {
      guard try state.head().model?.fingerprint == model.fingerprint else { return }
      try state.put(
        prompts.map { text, vector in
          let prompt = Prompt(
            fingerprint: model.fingerprint, text: text, data: VectorCodec.encode(vector))
          return try prompt.entry()
        })
    }
  }

  /// A text's vector, as it is written down.
  private struct Prompt: Codable {
    var fingerprint: String
    var text: String
    var data: Data

    init(fingerprint: String, text: String, data: Data) {
      self.fingerprint = fingerprint
      self.text = text
      self.data = data
    }

    /// - Returns: `nil` for what is none; it is made again.
    init?(_ entry: MilvusState.Entry) {
      guard let prompt = try? JSONDecoder().decode(Self.self, from: Data(entry.value.utf8)) else {
        return nil
      }
      self = prompt
    }

    func entry() throws -> MilvusState.Entry {
      MilvusState.Entry(
        kind: .prompt, name: fingerprint + "\0" + text,
        value: String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
    }
  }
}
