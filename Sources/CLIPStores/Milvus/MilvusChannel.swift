import CCurl
import CLIPSearch
import Dispatch
import Foundation
import SwiftProtobuf
import Synchronization

/// Calls of a Milvus server, over connections that are kept.
///
/// Calls block their thread. What fails for a reason that passes is done again for a while: every call
/// of ours may be done twice.
final class MilvusChannel: Sendable {
  /// Connections at one moment.
  private static let limit = 16
  /// A standalone server takes about a minute to come back from a crash.
  private static let patience: Duration = .seconds(120)

  /// A handle of libcurl; used by one thread at a time, the one that took it.
  private struct Client: @unchecked Sendable {
    let handle: cc_client
  }

  let address: MilvusAddress
  private let headers: [String]
  private let idle = Mutex<[Client]>([])
  private let free = DispatchSemaphore(value: limit)

  init(_ address: MilvusAddress) {
    self.address = address
    var headers: [String] = []
    if let token = address.token {
      headers.append("authorization: " + Data(token.utf8).base64EncodedString())
    }
    if !address.database.isEmpty { headers.append("dbname: " + address.database) }
    self.headers = headers
  }

  deinit {
    idle.withLock { clients in
      for client in clients { cc_client_free(client.handle) }
    }
  }

  /// Makes a call.
  ///
  /// - Parameters:
  ///   - name: As in Milvus's service.
  ///   - request: The message.
  ///   - isPatient: Whether it is done again.
  ///   - status: What of the answer says how it went.
  /// - Returns: The answer.
  /// - Throws: `SearchError`.
  func call<Answer: Message>(
    _ name: String, _ request: some Message, isPatient: Bool = true,
    status: (Answer) -> Milvus_Status
  ) throws -> Answer {
    let deadline = ContinuousClock.now + Self.patience
    var pause = 0.05
    while true {
      do {
        let answer: Answer = try once(name, request)
        let status = status(answer)
        guard status.code == 0, status.errorCode == 0 else { throw Self.error(status) }
        return answer
      } catch let error as MilvusError {
        guard error.isPassing, isPatient, ContinuousClock.now < deadline, !Task.isCancelled else {
          throw error.sentence(address.name)
        }
        Thread.sleep(forTimeInterval: pause)
        pause = min(2, pause * 2)
      }
    }
  }

  /// Makes a call whose answer is nothing but how it went.
  func call(_ name: String, _ request: some Message) throws {
    let _: Milvus_Status = try call(name, request) { $0 }
  }

  private func once<Answer: Message>(_ name: String, _ request: some Message) throws -> Answer {
    let seconds = Double(Self.patience.components.seconds)
    guard free.wait(timeout: .now() + seconds) == .success else {
      throw SearchError.database(
        folder: address.name,
        reason: "all \(Self.limit) connections have been busy for \(Int(seconds)) seconds; ask "
          + "less at a time, or start further servers")
    }
    defer { free.signal() }
    guard let client = idle.withLock({ $0.popLast() }) ?? cc_client_create().map(Client.init)
    else { throw MilvusError("libcurl cannot start", isPassing: false) }
    defer { idle.withLock { $0.append(client) } }
    let answer = try MilvusCall().perform(
      client.handle, address.base + name, try request.serializedData(), headers: headers,
      authorities: address.authorities)
    do { return try Answer(serializedBytes: answer) } catch {
      throw MilvusError("its answer to \(name) cannot be read", isPassing: false)
    }
  }

  /// Some of the failures of a server that is starting, or has too much to do, say so in words only.
  private static func error(_ status: Milvus_Status) -> MilvusError {
    let reason = status.reason
    let isPassing =
      status.retriable
      || [
        "not ready", "not healthy", "not available", "no available", "unavailable",
        "not fully loaded",
        "rate limit", "node offline", "channel not", "node not found", "no leader",
        "connection refused", "not serving", "recovering", "context deadline exceeded",
        "initializing",
        "NodeID not match", "distribution is not servic", "stale",
      ].contains { reason.localizedCaseInsensitiveContains($0) }
    return MilvusError(
      reason.isEmpty ? "error \(max(status.code, status.errorCode))" : reason, isPassing: isPassing)
  }
}
