import CLIPModels
public import Foundation

/// What a server answers instead of a result, or why it cannot start, each as a sentence.
public enum ServerError: LocalizedError, Sendable, Equatable, CustomStringConvertible {
  /// The request makes no sense.
  case invalidRequest(String)
  /// A token is needed and was not given, or is wrong.
  case unauthorized
  /// The `Host` header names another machine than those that this server answers for.
  case foreignHost(String)
  /// The request comes from the page of another site.
  case foreignOrigin(String)
  /// What was asked for is switched off.
  case switchedOff(String)
  /// Pictures are not fetched from addresses.
  case fetchingSwitchedOff
  /// There is nothing at that address.
  case notFound(String)
  /// The body is larger than allowed.
  case tooLarge(limit: Int)
  /// There is something at that address, but not for that method.
  case wrongMethod(allowed: [String])
  /// Wrong tokens came from there too often.
  case tooManyAttempts(retryAfter: Int)
  /// The bytes are no picture that can be read.
  case unreadablePicture(reason: String)
  /// An address of a picture that is not fetched, or could not be.
  case unreachablePicture(reason: String)
  /// Too much waits already.
  case busy(retryAfter: Int)
  /// The model failed.
  case engine(String)
  /// The files of the web page are not beside the program.
  case missingResources(reason: String)
  /// The server cannot listen there.
  case cannotListen(address: String, reason: String)
  /// A setting makes no sense.
  case invalidSetting(name: String, value: String, allowed: String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// The whole sentence.
  public var description: String {
    switch self {
    case .invalidRequest(let problem): problem
    case .unauthorized:
      "A token is needed: send 'Authorization: Bearer TOKEN' with the token that the server was "
        + "started with."
    case .foreignHost(let host):
      "This server does not answer for '\(host)'; who runs it can let it, or set its public "
        + "address if it stands behind a proxy."
    case .foreignOrigin(let origin):
      "Pages of \(origin) may not use this server; who runs it can let them, or set its public "
        + "address if that is this server behind a proxy."
    case .switchedOff(let what): what
    case .fetchingSwitchedOff:
      "This server does not fetch pictures from addresses; send the picture itself as 'image'."
    case .notFound(let what): "\(what) was not found."
    case .wrongMethod(let allowed):
      "This address takes \(allowed.joined(separator: ", ")) only."
    case .tooManyAttempts(let seconds):
      "Too many wrong tokens came from this address; try again in \(seconds) "
        + "\(seconds == 1 ? "second" : "seconds")."
    case .tooLarge(let limit):
      "The body is too large: what it may hold of this kind is \(limit) bytes."
    case .unreadablePicture(let reason): "The picture cannot be read: \(reason)"
    case .unreachablePicture(let reason): "The picture cannot be fetched: \(reason)."
    case .busy(let seconds):
      "The server is busy; try again in \(seconds) \(seconds == 1 ? "second" : "seconds")."
    case .engine(let reason): "The model failed: \(reason)."
    case .missingResources(let reason): reason
    case .cannotListen(let address, let reason):
      "The server cannot listen on \(address): \(reason). Is another program using the port?"
    case .invalidSetting(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)."
    }
  }
}

extension ServerError {
  /// What the model's engine throws, in the server's words; nil for another error.
  init?(_ error: any Error) {
    switch error as? ModelError {
    case .busy(let seconds): self = .busy(retryAfter: seconds)
    case .unreadablePicture(let reason): self = .unreadablePicture(reason: reason)
    case .failed(let reason): self = .engine(reason)
    default: return nil
    }
  }
}
