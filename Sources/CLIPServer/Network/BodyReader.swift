package import Hummingbird
package import NIOCore
import Synchronization

/// Reads request bodies into memory within a limit for each and one for all together.
///
/// What is counted is what has really arrived, so that announcing a large body costs nobody
/// anything, and many clients together cannot fill the memory.
package final class BodyReader: Sendable {
  private let limit: Int
  private let room: Mutex<Int>

  /// A reader for bodies of at most `limit` bytes, `total` for all that are held at one moment.
  package init(limit: Int, total: Int) {
    self.limit = limit
    room = Mutex(total)
  }

  /// Bytes that may still be held.
  package var remaining: Int { room.withLock(\.self) }

  /// Reads a body and holds it while `use` runs.
  ///
  /// - Parameters:
  ///   - request: Whose body it is.
  ///   - shape: What a JSON body may consist of; `nil` for other bodies.
  ///   - use: Gets the whole body.
  /// - Returns: What `use` returns.
  /// - Throws: ``ServerError/tooLarge(limit:)``, ``ServerError/busy(retryAfter:)``.
  package func read<Value: Sendable>(
    _ request: Request, shape: BodyShape.Limits? = nil, use: (ByteBuffer) async throws -> Value
  ) async throws -> Value {
    var shape = shape.map { BodyShape($0) }
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw ServerError.tooLarge(limit: limit)
    }
    var taken = 0
    defer { room.withLock { $0 += taken } }
    var whole = ByteBuffer()
    var parts = request.body.makeAsyncIterator()
    while var part = try await Self.next(of: &parts) {
      let count = part.readableBytes
      guard taken + count <= limit else { throw ServerError.tooLarge(limit: limit) }
      try shape?.take(part.readableBytesView)
      let fits = room.withLock { room in
        guard room >= count else { return false }
        room -= count
        return true
      }
      guard fits else { throw ServerError.busy(retryAfter: 2) }
      taken += count
      whole.writeBuffer(&part)
    }
    return try await use(whole)
  }

  /// The next part of a body; a client that hangs up in the middle is no failure of the server.
  private static func next(
    of parts: inout RequestBody.AsyncIterator
  ) async throws -> ByteBuffer? {
    do {
      return try await parts.next()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw ServerError.invalidRequest("The body did not arrive in full.")
    }
  }
}
