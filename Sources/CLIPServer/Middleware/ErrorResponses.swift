import CLIPImages
import CLIPSearch
import Foundation
import Hummingbird
import Logging

/// Turns every error into a JSON answer with the right status, and never into a closed connection.
///
/// The body suits all three dialects that the server speaks: `error.code` and `error.message` for
/// `/api/v1`, `error.type` for OpenAI's clients, and a plain `message` for clip-retrieval's.
struct ErrorResponses: RouterMiddleware {
  typealias Context = ServerContext

  /// What the program that runs the server adds for who set it up.
  let advice: @Sendable (ServerError) -> String?
  private let refusals = Novelties(limit: 100)

  init(advice: @escaping @Sendable (ServerError) -> String? = { _ in nil }) {
    self.advice = advice
  }

  /// The JSON body.
  struct Body: Encodable {
    struct Problem: Encodable {
      var code: String
      var type: String
      var message: String
    }
    var error: Problem
    var message: String
  }

  func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let thrown {
      let error: any Error = ServerError(thrown) ?? thrown
      var answer = Self.answer(to: error)
      let advice = (error as? ServerError).flatMap(advice)
      if let advice { answer.message += " " + advice }
      if answer.status.code >= 500, answer.status != .serviceUnavailable {
        context.logger.error(
          "request failed",
          metadata: [
            "endpoint": "\(context.endpointPath ?? "-")", "error": "\(Self.text(error))",
          ])
      }
      var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
      switch error as? ServerError {
      case .busy(let seconds), .tooManyAttempts(let seconds): headers[.retryAfter] = "\(seconds)"
      case .wrongMethod(let allowed): headers[.allow] = allowed.joined(separator: ", ")
      case .foreignHost, .foreignOrigin:
        // Most often a proxy that is not set up yet: whoever runs the server must hear of it.
        if refusals.isNew("\(error)") {
          context.logger.warning("refused", metadata: ["reason": "\(answer.message)"])
        }
      default: break
      }
      if answer.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
      if answer.status == .contentTooLarge { headers[.connection] = "close" }
      let body = Body(
        error: .init(
          code: answer.code,
          type: answer.status.code >= 500 ? "server_error" : "invalid_request_error",
          message: answer.message),
        message: answer.message)
      return Response(
        status: answer.status, headers: headers, body: .init(byteBuffer: try JSON.buffer(body)))
    }
  }

  /// Status, machine-readable code and sentence of an error.
  static func answer(
    to error: any Error
  ) -> (status: HTTPResponse.Status, code: String, message: String) {
    switch error {
    case let error as ServerError:
      return (status(of: error).0, status(of: error).1, "\(error)")
    case let error as SearchError:
      return answer(to: error)
    case let error as ImageError:
      return (
        .unsupportedMediaType, "unreadable_picture",
        ServerError.unreadablePicture(reason: "\(error)").description
      )
    case let error as HTTPError where error.status == .notFound:
      return (.notFound, "not_found", "There is nothing at this address.")
    case let error as any HTTPResponseError:
      return (error.status, "http_\(error.status.code)", error.status.reasonPhrase + ".")
    case is CancellationError:
      return (.serviceUnavailable, "cancelled", "The request was cancelled.")
    default:
      return (.internalServerError, "internal", "Something went wrong inside the server.")
    }
  }

  private static func answer(
    to error: SearchError
  ) -> (status: HTTPResponse.Status, code: String, message: String) {
    switch error {
    case .noPicture:
      (.notFound, "not_found", "\(error)")
    case .unreadablePicture:
      // The sentence names a path of this machine, which is nobody's business.
      (.notFound, "file_gone", "The file of this picture has gone or cannot be read.")
    case .emptyQuery, .filter, .invalidArgument, .invalidVector, .dimension:
      (.badRequest, "invalid_request", "\(error)")
    case .noModel:
      (.badRequest, "no_model", "\(error)")
    default:
      (.internalServerError, "library", "The picture library cannot be used.")
    }
  }

  private static func status(of error: ServerError) -> (HTTPResponse.Status, String) {
    switch error {
    case .invalidRequest: (.badRequest, "invalid_request")
    case .unauthorized: (.unauthorized, "unauthorized")
    case .foreignHost: (.init(code: 421, reasonPhrase: "Misdirected Request"), "foreign_host")
    case .foreignOrigin: (.forbidden, "foreign_origin")
    case .switchedOff, .fetchingSwitchedOff: (.forbidden, "switched_off")
    case .notFound: (.notFound, "not_found")
    case .wrongMethod: (.methodNotAllowed, "wrong_method")
    case .tooManyAttempts: (.tooManyRequests, "too_many_attempts")
    case .tooLarge: (.contentTooLarge, "too_large")
    case .unreadablePicture: (.unsupportedMediaType, "unreadable_picture")
    case .unreachablePicture: (.badRequest, "unreachable_picture")
    case .busy: (.serviceUnavailable, "busy")
    case .engine, .missingResources, .cannotListen, .invalidSetting:
      (.internalServerError, "internal")
    }
  }

  private static func text(_ error: any Error) -> String {
    String("\(error)".prefix(500))
  }
}
