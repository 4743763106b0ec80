import CCurl
import Foundation
import Web

/// A transfer: what was asked for and what has come.
final class Transfer {
  let address: WebAddress
  /// The most bytes that are taken.
  let limit: Int
  /// Whether what is over the limit is dropped instead of being a failure.
  let isCut: Bool
  fileprivate(set) var head = HTTPHead()
  fileprivate(set) var body = Data()
  /// Why it was stopped from here.
  fileprivate(set) var stop: Stop?
  fileprivate unowned let pool: TransferPool

  enum Stop {
    case tooLarge
    case noMemory
  }

  /// Bytes of an answer that is not wanted: enough to use its connection again.
  private static let unwantedBytes = 64 << 10
  private var unwanted = 0

  init(_ address: WebAddress, limit: Int, isCut: Bool = false, pool: TransferPool) {
    self.address = address
    self.limit = limit
    self.isCut = isCut
    self.pool = pool
  }

  fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard head.status == 200 else {
      unwanted += bytes.count
      return unwanted <= Self.unwantedBytes
    }
    guard body.count + bytes.count <= limit else {
      if isCut { body.append(contentsOf: bytes.prefix(limit - body.count)) }
      stop = .tooLarge
      return false
    }
    guard pool.reserve(bytes.count) else {
      stop = .noMemory
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }
}

/// Many transfers at once on one thread, over libcurl's multi interface.
///
/// All but ``wake()`` is for the thread that made it.
final class TransferPool {
  /// How a transfer ended.
  struct Ended {
    let transfer: Transfer
    let failure: cc_failure
  }

  /// Frees libcurl's pool when nobody can wake it any more: threads may outlive a fetch that failed.
  private final class Handle: Sendable {
    nonisolated(unsafe) let pool: cc_pool
    init(_ pool: cc_pool) { self.pool = pool }
    deinit { cc_pool_free(pool) }
  }

  private let handle: Handle
  private var pool: cc_pool { handle.pool }
  private let settings: NetworkSettings
  private var active: [ObjectIdentifier: Transfer] = [:]
  /// Bytes that have come and are kept, and how many there may be.
  private(set) var held = 0
  private let budget: Int

  /// How many are open.
  var count: Int { active.count }

  init(_ settings: NetworkSettings, budget: Int) throws(FetchError) {
    guard let pool = cc_pool_create(settings.transfers) else { throw .noTransfers }
    handle = Handle(pool)
    self.settings = settings
    self.budget = budget
  }

  /// Whether there is room for the beginning of another picture.
  var hasRoom: Bool { held < budget / 2 }

  /// A single transfer gets what it needs, so that there is always one that goes on.
  fileprivate func reserve(_ bytes: Int) -> Bool {
    guard held + bytes <= budget || active.count == 1 else { return false }
    held += bytes
    return true
  }

  /// Gives the room of a transfer's bytes back.
  func release(_ bytes: Int) { held -= bytes }

  /// Begins a transfer from a numeric address.
  func start(_ transfer: Transfer, from numeric: String) throws(FetchError) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    active[ObjectIdentifier(transfer)] = transfer
    let route = transfer.address.route(to: numeric)
    let hasStarted = transfer.address.url.withCString { url in
      settings.agent.withCString { agent in
        route.withCString { route in
          Self.withOptionalCString(settings.certificates) { certificates in
            start(url, agent, route, certificates, context)
          }
        }
      }
    }
    guard hasStarted else { throw .noTransfers }
  }

  private func start(
    _ url: UnsafePointer<CChar>, _ agent: UnsafePointer<CChar>, _ route: UnsafePointer<CChar>,
    _ certificates: UnsafePointer<CChar>?, _ context: UnsafeMutableRawPointer
  ) -> Bool {
    var request = cc_transfer(
      url: url, agent: agent, connect_to: route, certificates: certificates,
      connect_seconds: settings.connectSeconds, total_seconds: settings.seconds,
      stall_seconds: settings.stallSeconds, context: context,
      on_header: { context, line, length in
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          .head.take(line: UnsafeRawBufferPointer(start: line, count: length))
        return true
      },
      on_body: { context, bytes, length in
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          .take(UnsafeRawBufferPointer(start: bytes, count: length))
      })
    return cc_pool_start(pool, &request)
  }

  private static func withOptionalCString<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
  ) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
  }

  /// Lets transfers go on, waiting at most so long for something to happen.
  func run(milliseconds: Int) throws(FetchError) {
    guard cc_pool_run(pool, Int32(milliseconds)) else { throw .noTransfers }
  }

  /// A transfer that has ended; nil if there is none.
  func take() -> Ended? {
    var context: UnsafeMutableRawPointer?
    var failure = CC_NONE
    while cc_pool_take(pool, &context, &failure) {
      guard let context else { continue }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      guard let kept = active.removeValue(forKey: ObjectIdentifier(transfer)) else { continue }
      return Ended(transfer: kept, failure: failure)
    }
    return nil
  }

  /// Ends the waiting of ``run(milliseconds:)``; may be called from any thread at any time.
  var wake: @Sendable () -> Void {
    let handle = handle
    return { cc_pool_wake(handle.pool) }
  }
}
