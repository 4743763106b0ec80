import CLIPModels
import Foundation

/// Makes one unit vector of a query's terms.
struct QueryComposer {
  let library: PictureLibrary

  /// The weighted sum of the terms' unit vectors, scaled to unit length.
  func vector(of query: SearchQuery) async throws -> [Float] {
    guard !query.terms.isEmpty else {
      throw SearchError.emptyQuery(reason: "the query has no terms")
    }
    let dimension = try await library.vectorDimension()
    var sum = [Float](repeating: 0, count: dimension)
    for (term, vector) in zip(query.terms, try await vectors(of: query.terms)) {
      guard term.weight.isFinite else {
        throw SearchError.invalidArgument(
          name: "a term's weight", value: "\(term.weight)", allowed: "finite")
      }
      guard vector.count == dimension else {
        throw SearchError.dimension(
          expected: dimension, found: vector.count, what: "A vector of the query")
      }
      guard let unit = UnitVector.of(vector) else {
        throw SearchError.invalidVector(what: "A vector of the query")
      }
      for index in 0..<dimension { sum[index] += term.weight * unit[index] }
    }
    guard let unit = UnitVector.of(sum) else {
      throw SearchError.emptyQuery(reason: "its terms cancel each other out")
    }
    return unit
  }

  /// The terms' vectors; texts are embedded together, and so are pictures.
  private func vectors(of terms: [SearchQuery.Term]) async throws -> [[Float]] {
    var texts: [String] = []
    var images: [Data] = []
    for term in terms {
      if case .text(let text) = term.content { texts.append(text) }
      if case .image(let data) = term.content { images.append(data) }
    }
    var textVectors: ArraySlice<[Float]> = []
    var imageVectors: ArraySlice<[Float]> = []
    if !texts.isEmpty {
      let model = try library.requireModel(for: "Searching for a text")
      textVectors = try Rows.split(try await model.embeddings(of: texts), model: model)[...]
    }
    if !images.isEmpty {
      let model = try library.requireModel(for: "Searching for a picture")
      let preprocessed = try images.map { try model.preprocess($0) }
      imageVectors = try Rows.split(try await model.embeddings(of: preprocessed), model: model)[...]
    }
    var vectors: [[Float]] = []
    for term in terms {
      switch term.content {
      case .text: vectors.append(textVectors.popFirst() ?? [])
      case .image: vectors.append(imageVectors.popFirst() ?? [])
      case .vector(let vector): vectors.append(vector)
      case .picture(let id):
        guard let vector = try await library.vector(of: id) else {
          throw SearchError.noPicture(id: id)
        }
        vectors.append(vector)
      }
    }
    return vectors
  }
}

/// Rows of numbers as a model gives them.
enum Rows {
  /// One array a row.
  ///
  /// - Throws: ``SearchError/notFinite(model:)``: such numbers are never stored or compared.
  static func split(_ embeddings: Embeddings, model: any EmbeddingModel) throws -> [[Float]] {
    guard embeddings.dimension == model.embeddingDimension else {
      throw SearchError.dimension(
        expected: model.embeddingDimension, found: embeddings.dimension,
        what: "The model '\(model.name)'")
    }
    guard embeddings.values.allSatisfy(\.isFinite) else {
      throw SearchError.notFinite(model: model.name)
    }
    return embeddings.map(Array.init)
  }
}

extension PictureLibrary {
  /// The length of the library's vectors.
  func vectorDimension() async throws -> Int {
    guard let model = try await store.head().model else {
      throw SearchError.emptyLibrary(folder: store.name)
    }
    return model.dimension
  }
}
