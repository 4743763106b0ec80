import Files
public import Foundation

/// What stops a model from being loaded or used.
public enum ModelError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A configuration that cannot be read or makes no model.
  case configuration(file: String, problem: String)
  /// A model name that is neither a preset nor a path.
  case unknownModel(name: String, known: [String])
  /// A preset without weights.
  case weightsNeeded(preset: String)
  /// A checkpoint whose architecture cannot be told.
  case ambiguousArchitecture(file: String, problem: String)
  /// A folder without what a model folder needs.
  case incompleteFolder(path: String, missing: String)
  /// A vocabulary that does not fit the text encoder.
  case vocabulary(file: String, found: Int, expected: Int)
  /// A vocabulary whose special pieces stand elsewhere than the model's.
  case vocabularyOrder(file: String, piece: String, found: Int, expected: Int, source: String)
  /// Embeddings or a temperature that are no numbers.
  case notFinite(model: String, what: String)
  /// A picture of another size than the encoder's.
  case imageSize(found: String, expected: Int)
  /// The files that come with the package are not beside the program.
  case resources(reason: String)
  /// Templates or labels that cannot be used.
  case prompts(source: String, problem: String)
  /// Too much waits for the model already; seconds after which it may be worth to ask again.
  case busy(retryAfter: Int)
  /// The bytes are no picture that can be read.
  case unreadablePicture(reason: String)
  /// The model gave no answer that can be used.
  case failed(String)
  /// A request that makes no sense for this model.
  case unsupported(String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// A sentence for people: what does not fit, where, and what to do.
  public var description: String {
    switch self {
    case .configuration(let file, let problem): "\(file): \(problem)"
    case .unknownModel(let name, let known):
      "'\(name)' is neither a model folder, a checkpoint file nor one of the presets "
        + known.joined(separator: ", ")
    case .weightsNeeded(let preset):
      "\(preset) is the name of an architecture, and its weights are not here yet"
    case .ambiguousArchitecture(let file, let problem):
      "\(file): \(problem), so its architecture must be named"
    case .incompleteFolder(let path, let missing):
      "\(path) is not a model folder: it has no \(missing)"
    case .vocabulary(let file, let found, let expected):
      "\(file) has \(found) entries, but the text encoder expects \(expected): take the vocab.txt "
        + "that the model was trained with"
    case .vocabularyOrder(let file, let piece, let found, let expected, let source):
      "\(file) has \(piece) as entry \(found), but \(source) says \(expected): take the vocab.txt "
        + "that the model was trained with"
    case .notFinite(let model, let what):
      "the model \(model) gives no finite numbers (\(what)): its weights hold NaN or infinity, as "
        + "those of a run that diverged, or are too large for the precision; try another "
        + "checkpoint, or the precision fp32"
    case .imageSize(let found, let expected):
      "a picture of \(found) pixels was given to an encoder of \(expected)×\(expected)"
    case .resources(let reason): reason
    case .prompts(let source, let problem): "\(source): \(problem)"
    case .busy(let seconds):
      "too much waits for the model; try again in \(seconds) \(seconds == 1 ? "second" : "seconds")"
    case .unreadablePicture(let reason): "the picture cannot be read: \(reason)"
    case .failed(let reason): "the model failed: \(reason)"
    case .unsupported(let sentence): sentence
    }
  }
}

extension ModelError {
  /// The folder of resources of a target.
  package static func resources(of target: String) throws(ModelError) -> URL {
    do { return try ResourceFolder.url(of: target) } catch {
      throw .resources(reason: "\(error)")
    }
  }
}
