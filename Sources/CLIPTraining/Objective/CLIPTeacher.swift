import CLIPData
import CLIPModels
import CLIPText
import Torch
import TorchNN

/// A finished model that sees the pictures and texts that the student sees.
struct CLIPTeacher: Teacher {
  let model: CLIP
  private let sharesTokens: Bool

  /// - Parameters:
  ///   - model: on the student's device.
  ///   - student: whose tokens it may take where both read the same vocabulary.
  init(_ model: CLIP, student: TrainableModel) {
    self.model = model
    sharesTokens =
      model.tokenizer.sharesVocabulary(with: student.tokenizer)
      && model.tokenizer.contextLength >= student.tokenizer.contextLength
  }

  var scale: Double? { Double(model.logitScale) }
  var interaction: any Interaction { model.interaction }

  func features(of side: PairSide, _ batch: TrainingBatch, view: Int) throws -> Features {
    switch side {
    case .image: try images(batch)
    case .text: try texts(batch.samples, view)
    }
  }

  private func images(_ batch: TrainingBatch) throws -> Features {
    try withoutGradients {
      switch batch.pictures {
      case .none: throw TrainingError.objective("the samples have no pictures for the teacher")
      case .pixels(let pixels):
        let size = model.encoder.imageEncoder.imageSize
        var fitted = try pixels.to(device: model.device)
        if pixels.shape[1] != size {
          fitted = try fitted.to(.float32).permuted(0, 3, 1, 2)
            .resizedBicubic(height: size, width: size, alignCorners: false)
            .clamped(0...255).permuted(0, 2, 3, 1)
        }
        let input = try model.encoder.configuration.preprocessing(
          fitted, dtype: model.encoder.parameters.numerics.dtype)
        return try model.encoder.imageEncoder(input, options: .inference)
          .normalized(keepsRaw: true)
      case .pooled(_, let cached):
        guard let cached else {
          throw TrainingError.objective("the teacher's features of the pictures were not computed")
        }
        return try Features(embedding: cached.to(device: model.device)).normalized(keepsRaw: true)
      }
    }
  }

  private func texts(_ samples: SampleBatch, _ view: Int) throws -> Features {
    guard samples.views.indices.contains(view) else {
      throw TrainingError.objective("the samples have no texts for the teacher")
    }
    let embeddings =
      if let taught = samples.taught, view == 0 {
        try model.embed(texts: taught, normalized: false)
      } else if sharesTokens {
        try model.embed(tokens: samples.views[view].tokens, normalized: false)
      } else {
        try model.embed(texts: samples.views[view].texts, normalized: false)
      }
    return try Features(
      embedding: Tensor(
        embeddings.values, shape: [embeddings.count, embeddings.dimension]
      ).to(device: model.device)
    ).normalized(keepsRaw: true)
  }
}
