import Foundation

/// The cosine from which on a model's labels are to be believed, measured for models of known weights.
///
/// How it was measured: `MinimumScore` of CLIPEvaluation, by `cnclip evaluate zeroshot`.
public struct SuggestedMinimumScore: Sendable, Hashable, Codable {
  /// What the model is called.
  public let model: String
  /// The cosine.
  public let cosine: Float
  /// The pictures and the command by which it was measured, and with what result.
  public let measured: String

  /// The value for a model.
  ///
  /// - Parameter fingerprint: the model's ``CLIP/fingerprint``.
  /// - Returns: `nil` for weights that nobody has measured.
  /// - Throws: ``ModelError/prompts(source:problem:)`` when the package's resources are damaged.
  public static func of(
    fingerprint: String
  ) throws(ModelError) -> SuggestedMinimumScore? {
    let file = try PromptLines.resource("minimum-scores.json")
    do {
      return try JSONDecoder().decode(
        [String: SuggestedMinimumScore].self, from: Data(contentsOf: file))[fingerprint]
    } catch {
      throw ModelError.prompts(source: file.path, problem: "the resource is damaged")
    }
  }
}
