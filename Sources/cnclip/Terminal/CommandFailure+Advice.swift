import ArgumentParser
import CLIPSearch

extension CommandFailure {
  /// What to do about an error, in the words of the command; the libraries' errors speak of facts.
  ///
  /// - Returns: A sentence; `nil` where the facts say it all.
  static func advice(for error: any Error, arguments: [String] = []) -> String? {
    switch error as? SearchError {
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
    advice(for: error, arguments: arguments).map { CommandFailure("\(error) \($0)") } ?? error
  }
}
