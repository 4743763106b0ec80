import ArgumentParser
import CLIPCleaning
import CLIPData
import CLIPEvaluation
import CLIPModels
import CLIPSearch
import CLIPServer
import CLIPTraining
import Torch

extension CommandFailure {
  /// What to do about an error, in the words of the command; the libraries' errors speak of facts.
  ///
  /// - Returns: A sentence; `nil` where the facts say it all.
  static func advice(for error: any Error, arguments: [String] = []) -> String? {
    switch error {
    case let error as SearchError: advice(for: error, arguments: arguments)
    case let error as ModelError: advice(for: error)
    case let error as DataError: advice(for: error)
    case CleaningError.otherCleaning, CleaningError.alreadyExists: "The option is --overwrite."
    case let error as EvaluationError: advice(for: error)
    case let error as TrainingError: advice(for: error)
    case let error as ServerError: advice(for: error)
    case is TorchError where arguments.contains { $0.contains("cuda") }:
      DeviceFallback.advice(for: CUDA.state)
    default: nil
    }
  }

  private static func advice(for error: SearchError, arguments: [String]) -> String? {
    switch error {
    case .noLibrary(let folder), .emptyLibrary(let folder):
      "Fill it with 'cnclip index PICTURE_FOLDER --library \(folder)'."
    case .newerLibrary: "Update cnclip."
    case .otherModel(let folder, _, _):
      "Leave --model out to use the library's own, or embed its pictures with this one: "
        + "'cnclip index --library \(folder) --reembed --model \(model(in: arguments))'."
    case .otherReembedding(let folder, let pending, _):
      "Go on with \(pending) by 'cnclip index --library \(folder) --reembed --model MODEL', or "
        + "give it up by 'cnclip library cancel-reembed --library \(folder)'."
    default: nil
    }
  }

  private static func advice(for error: ModelError) -> String? {
    switch error {
    case .weightsNeeded(let preset):
      "Run 'cnclip download \(preset)', or give them with --checkpoint FILE.pt."
    case .ambiguousArchitecture: "Name it with --vision-model and --text-model."
    default: nil
    }
  }

  private static func advice(for error: DataError) -> String? {
    switch error {
    case .quotation:
      "Say --quoting none if it is an ordinary character, or --quoting csv if it is not."
    case .namedIdentifier: "'cnclip dataset check --fix' numbers such pictures and texts anew."
    case .conflictingImages:
      "'cnclip dataset check --fix' keeps the last, as the original does."
    case .unknownImage: "'cnclip dataset check' lists such captions."
    default: nil
    }
  }

  private static func advice(for error: EvaluationError) -> String? {
    switch error {
    case .otherDirection: "'cnclip evaluate transform' turns a reference round."
    case .repeatedText: "'cnclip dataset check --fix' numbers them anew."
    default: nil
    }
  }

  private static func advice(for error: TrainingError) -> String? {
    switch error {
    case .folderInUse: "Name another folder, or continue it with --resume."
    case .nothingToResume: "Start it without --resume."
    default: nil
    }
  }

  /// Who sets a server up reads this in its log, and in the page that is refused.
  static func advice(for error: ServerError) -> String? {
    switch error {
    case .foreignHost: "The options are --allow-host and --public-url."
    case .foreignOrigin: "The options are --allow-origin and --public-url."
    case .fetchingSwitchedOff: "The server fetches them if it is started with --allow-image-url."
    case .cannotListen: "Choose another port with --port."
    default: nil
    }
  }

  /// The model that was named on the command line.
  private static func model(in arguments: [String]) -> String {
    if let index = arguments.lastIndex(where: { $0 == "--model" || $0 == "-m" }),
      index + 1 < arguments.count
    {
      return arguments[index + 1]
    }
    let attached = arguments.last { $0.hasPrefix("--model=") }
    return attached.map { String($0.dropFirst("--model=".count)) } ?? "MODEL"
  }

  /// An error as the person at the terminal is to read it.
  static func explained(_ error: any Error, arguments: [String]) -> any Error {
    guard let advice = advice(for: error, arguments: arguments) else { return error }
    let fact = "\(error)"
    return CommandFailure(fact + (fact.hasSuffix(".") || fact.hasSuffix("?") ? " " : ". ") + advice)
  }
}
