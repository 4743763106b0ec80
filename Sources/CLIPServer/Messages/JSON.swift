import Files
import Foundation
import Hummingbird
import NIOCore

/// JSON in and out, with sentences for what is wrong.
enum JSON {
  /// Encodes a value.
  static func buffer(_ value: some Encodable) throws -> ByteBuffer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return ByteBuffer(bytes: try encoder.encode(value))
  }

  /// Decodes a body, whatever its Content-Type says.
  ///
  /// - Throws: ``ServerError/invalidRequest(_:)`` that names the key.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from buffer: ByteBuffer
  ) throws(ServerError) -> Value {
    do {
      return try JSONDecoder().decode(
        type, from: HalfSurrogates.replaced(in: Data(buffer.readableBytesView)))
    } catch let error as ServerError {
      throw error
    } catch let error as DecodingError {
      throw .invalidRequest(sentence(error))
    } catch {
      throw .invalidRequest("The body is not valid JSON.")
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.reduce("") { path, key in
        if let index = key.intValue { return "\(path)[\(index)]" }
        return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
      }
      return path.isEmpty ? "the body" : "'\(path)'"
    }
    return switch error {
    case .keyNotFound(let key, _): "The key '\(key.stringValue)' is missing."
    case .typeMismatch(let type, let context):
      "\(path(context).capitalizedFirst) must be \(name(type))."
    case .valueNotFound(let type, let context):
      "\(path(context).capitalizedFirst) is null, but must be \(name(type))."
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(path(context).capitalizedFirst) cannot be read: \(context.debugDescription)"
    default: "The body is not valid JSON."
    }
  }

  private static func name(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is Int.Type, is Int64.Type: "a whole number"
    case is Double.Type, is Float.Type: "a number"
    case is [String: Any].Type: "an object"
    case is any Sequence.Type: "an array"
    default: "an object"
    }
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Response {
  /// A JSON answer.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    var headers = headers
    headers[.contentType] = "application/json; charset=utf-8"
    headers[.cacheControl] = headers[.cacheControl] ?? "no-store"
    return Response(
      status: status, headers: headers, body: .init(byteBuffer: try JSON.buffer(value)))
  }
}
