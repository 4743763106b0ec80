import CLIPData
import CLIPEvaluation
import CLIPModels
import Torch

/// Vectors that were computed before, by the ids of the data set.
struct StoredTeacher: Teacher {
  private let vectors: [PairSide: FeatureSet]
  private let rows: [PairSide: [Int64: Int]]
  private let device: Device
  let scale: Double?
  var interaction: any Interaction { GlobalInteraction() }

  /// - Parameters:
  ///   - vectors: of either side, or of both.
  ///   - scale: what scores are multiplied by.
  ///   - device: the student's.
  init(_ vectors: [PairSide: FeatureSet], scale: Double?, device: Device) {
    self.vectors = vectors
    self.scale = scale
    self.device = device
    rows = vectors.mapValues { set in
      Dictionary(
        set.ids.enumerated().map { ($0.element, $0.offset) },
        uniquingKeysWith: { first, _ in first })
    }
  }

  func features(of side: PairSide, _ batch: TrainingBatch, view: Int) throws -> Features {
    guard let set = vectors[side], let rows = rows[side] else {
      throw TrainingError.objective("the teacher has no vectors of \(side.rawValue)s")
    }
    var values: [Float] = []
    let ids = side == .image ? batch.samples.imageIDs : batch.samples.views[view].ids
    for id in ids {
      guard let row = rows[id] else {
        throw TrainingError.objective("the teacher has no vector of \(side.rawValue) \(id)")
      }
      values += set.embeddings[row]
    }
    return try Features(
      embedding: Tensor(values, shape: [ids.count, set.embeddings.dimension]).to(device: device)
    ).normalized(keepsRaw: true)
  }
}

/// A teacher for the pictures and another for the texts.
struct SidedTeacher: Teacher {
  let images: any Teacher
  let texts: any Teacher
  let scale: Double?
  var interaction: any Interaction { GlobalInteraction() }

  func features(of side: PairSide, _ batch: TrainingBatch, view: Int) throws -> Features {
    try (side == .image ? images : texts).features(of: side, batch, view: view)
  }
}
