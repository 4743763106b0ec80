import CLIPEmbeddedModel
import CLIPEvaluation
import CLIPHub
import CLIPModels
import Foundation

extension TeacherConfiguration {
  /// Loads the teacher of a run.
  ///
  /// - Parameters:
  ///   - student: whose pictures and tokens it will get.
  ///   - precision: how exactly it computes.
  /// - Returns: the teacher, and the model in it if there is one.
  /// - Throws: `ModelError` when a checkpoint is no model, `EvaluationError` for a file of vectors.
  func load(
    student: TrainableModel, precision: Precision
  ) throws -> (teacher: any Teacher, model: CLIP?) {
    var vectors: [PairSide: FeatureSet] = [:]
    for (side, path, field) in [
      (PairSide.image, imageVectors, "image_id"), (.text, textVectors, "text_id"),
    ] {
      guard let path else { continue }
      vectors[side] = try FeatureFile.read(
        URL(filePath: DataSource.expanded(path)), field: field)
    }
    guard let model else {
      return (StoredTeacher(vectors, scale: scale, device: student.device), nil)
    }
    let source = try ModelSource(
      orEmbedded: DataSource.expanded(model),
      checkpoint: checkpoint.map { URL(filePath: try DataSource.expanded($0)) }
    ).downloaded()
    let clip = try CLIP.load(
      source, options: CLIP.Options(device: student.device, precision: precision))
    let own = CLIPTeacher(clip, student: student)
    if vectors.isEmpty, scale == nil { return (own, clip) }
    let stored = StoredTeacher(vectors, scale: scale, device: student.device)
    return (
      SidedTeacher(
        images: vectors[.image] == nil ? own : stored, texts: vectors[.text] == nil ? own : stored,
        scale: scale ?? own.scale),
      vectors[.image] == nil ? clip : nil
    )
  }

  /// What keeps it from teaching what is asked of it; nil if nothing does.
  func problem(for needs: ObjectiveNeeds, target: Bool) -> String? {
    guard model != nil || imageVectors != nil || textVectors != nil else {
      return "must name a model or vectors"
    }
    guard checkpoint == nil || model != nil else { return "has a checkpoint without a model" }
    guard scale.map({ $0 > 0 && $0.isFinite }) ?? true else { return "must have a scale above 0" }
    if model == nil {
      if needs.contains(.taughtImages), imageVectors == nil { return "must name image_vectors" }
      if needs.contains(.taughtTexts), textVectors == nil { return "must name text_vectors" }
      if target, scale == nil { return "must name a scale: vectors have none of their own" }
    }
    return nil
  }
}
