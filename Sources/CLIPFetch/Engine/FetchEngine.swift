import CCurl
import Foundation
import Web

/// Asks for rows: hosts in turn, so many transfers in all and for each host.
///
/// Names, robots.txt, redirects and repetitions are its business; what becomes of a row goes to
/// `onDone`. Everything here happens on one thread; names and pictures are worked on beside it.
final class FetchEngine {
  private enum Purpose {
    case row(RowTask)
    case robots(HostLane, redirects: Int)
  }

  private let settings: FetchSettings
  private var network: NetworkSettings { settings.network }
  private let pool: TransferPool
  private let names: NameCache
  private let decoding: Decoding
  private let onDone: (RowTask, RowResult, Data) throws -> Void
  private var lanes: [String: HostLane] = [:]
  /// Lanes that wait for their host's name.
  private var resolving: [String: [HostLane]] = [:]
  /// Lanes that can begin a transfer.
  private var line: [HostLane] = []
  private var purposes: [ObjectIdentifier: (purpose: Purpose, lane: HostLane)] = [:]
  private var delayed = TimerHeap<RowTask>()
  private var paused = TimerHeap<HostLane>()
  private var robots = RobotsCache()
  /// Rows that were handed in and are not done.
  private(set) var openRows = 0
  /// Bytes that came.
  private(set) var bytes = 0

  var transfers: Int { pool.count }
  var lookups: Int { names.lookups }
  /// Ends a waiting step; from any thread.
  let wake: @Sendable () -> Void

  init(
    _ settings: FetchSettings, onDone: @escaping (RowTask, RowResult, Data) throws -> Void
  ) throws(FetchError) {
    self.settings = settings
    self.onDone = onDone
    pool = try TransferPool(settings.network, budget: settings.memoryBudget)
    wake = pool.wake
    names = NameCache(count: settings.network.lookups, wake: wake)
    decoding = Decoding(settings.picture, threads: settings.threads, wake: wake)
  }

  /// Takes a row.
  func add(_ task: RowTask) {
    openRows += 1
    enqueue(task)
  }

  /// Lets everything go on, waiting at most so long for something to happen.
  func step(milliseconds: Int) throws {
    let now = ContinuousClock.now
    while let task = delayed.takeDue(now) { enqueue(task) }
    while let lane = paused.takeDue(now) {
      stand(lane)
      retire(lane)
    }
    startTransfers()
    try flush()
    let due = [delayed.next, paused.next].compactMap { $0 }.min()
    let wait = due.map { max(0, Int(ContinuousClock.now.duration(to: $0) / .milliseconds(1))) + 1 }
    try pool.run(milliseconds: min(milliseconds, wait ?? milliseconds))
    while let ended = pool.take() { try end(ended) }
    for host in names.takeAnswered() { resolved(host) }
    for (task, held, outcome) in decoding.take() {
      pool.release(held)
      if let cause = outcome.cause {
        try fail(task, cause)
      } else {
        try finish(task, outcome.result, outcome.picture)
      }
    }
    try flush()
  }

  // MARK: Hosts

  private func lane(for address: WebAddress) -> HostLane {
    if let lane = lanes[address.origin] { return lane }
    let lane = HostLane(address)
    lanes[address.origin] = lane
    return lane
  }

  private func enqueue(_ task: RowTask) {
    let lane = lane(for: task.address)
    lane.append(task)
    guard lane.stage == .resolving else { return stand(lane) }
    // A name that is known already needs no waiting; one that is not is answered later.
    if let answer = names.answer(for: lane.host) {
      answered(lane, answer)
    } else if lane.waiting == 1 {
      resolving[lane.host, default: []].append(lane)
    }
  }

  /// A name was looked up.
  private func resolved(_ host: String) {
    guard let answer = names.answer(for: host) else { return }
    for lane in resolving.removeValue(forKey: host) ?? [] { answered(lane, answer) }
  }

  private func answered(_ lane: HostLane, _ answer: NameCache.Answer) {
    switch answer {
    case .failure(let failure):
      if failure == .temporary { names.forget(lane.host) }
      giveUp(lane, failure == .temporary ? .nameServer : .unknownHost)
    case .success(let addresses):
      guard !addresses.isEmpty else { return giveUp(lane, .unknownHost) }
      guard network.allowsPrivate || addresses.allSatisfy({ AddressPolicy.isPublic($0) }) else {
        return giveUp(lane, .privateAddress)
      }
      lane.addresses = addresses
      guard network.obeysRobotsFile else { return admit(lane, .open) }
      if let rules = robots[lane.origin] { return admit(lane, rules) }
      lane.stage = .askingRobots
      askRobots(lane, at: WebAddress(lane.origin + "/robots.txt"), redirects: 0)
    }
  }

  private func admit(_ lane: HostLane, _ rules: RobotsRules) {
    lane.rules = rules
    lane.stage = .ready
    stand(lane)
  }

  /// Ends all rows of a host that cannot be asked.
  private func giveUp(_ lane: HostLane, _ cause: FetchCause) {
    lanes[lane.origin] = nil
    for task in lane.takeAll() { postponed.append((task, cause)) }
  }

  /// Rows whose failure is still to be told: they fail in the next step, not in the middle of another.
  private var postponed: [(RowTask, FetchCause)] = []

  /// Puts a lane in line if it can begin a transfer.
  private func stand(_ lane: HostLane) {
    guard !lane.isInLine, lane.stage == .ready, lane.waiting > 0, lane.active < network.perHost
    else { return }
    if let until = lane.pausedUntil {
      guard until <= .now else { return }
      lane.pausedUntil = nil
    }
    lane.isInLine = true
    line.append(lane)
  }

  private func startTransfers() {
    var next = 0
    // Decoding that falls behind holds transfers back: what waits for it is memory.
    while next < line.count, pool.count + decoding.count < network.transfers, pool.hasRoom {
      let lane = line[next]
      next += 1
      lane.isInLine = false
      guard lane.pausedUntil == nil, let task = lane.takeFirst() else { continue }
      if lane.rules.allows(task.address.path) {
        begin(task.address, .row(task), lane, limit: network.byteLimit, attempt: task.failures)
      } else {
        postponed.append((task, .robots))
      }
      stand(lane)
    }
    line.removeFirst(next)
  }

  private func begin(
    _ address: WebAddress, _ purpose: Purpose, _ lane: HostLane, limit: Int, attempt: Int
  ) {
    var isCut = false
    if case .robots = purpose { isCut = true }
    let transfer = Transfer(address, limit: limit, isCut: isCut, pool: pool)
    lane.active += 1
    purposes[ObjectIdentifier(transfer)] = (purpose, lane)
    do { try pool.start(transfer, from: lane.address(attempt: attempt)) } catch {
      purposes[ObjectIdentifier(transfer)] = nil
      lane.active -= 1
      if case .row(let task) = purpose { postponed.append((task, .other)) }
      if case .robots(let lane, _) = purpose { admit(lane, .open) }
    }
  }

  // MARK: Ends

  private func end(_ ended: TransferPool.Ended) throws {
    let transfer = ended.transfer
    guard let (purpose, lane) = purposes.removeValue(forKey: ObjectIdentifier(transfer)) else {
      return
    }
    lane.active -= 1
    bytes += transfer.body.count
    defer {
      stand(lane)
      retire(lane)
    }
    switch purpose {
    case .robots(let lane, let redirects):
      pool.release(transfer.body.count)
      endRobots(lane, ended, redirects: redirects)
    case .row(let task):
      let cause = cause(of: ended)
      if cause == nil {
        if transfer.head.isRedirect {
          pool.release(transfer.body.count)
          return try redirect(task, transfer)
        }
        return decoding.begin(task, transfer.body)
      }
      pool.release(transfer.body.count)
      if case .noMemory = transfer.stop {
        // Not the row's fault: it waits until there is room.
        return delayed.add(task, due: .now + .milliseconds(200))
      }
      if let cause { try fail(task, cause, head: transfer.head, lane: lane) }
    }
  }

  /// Why a transfer brought nothing to decode; nil: it did, or a redirect.
  private func cause(of ended: TransferPool.Ended) -> FetchCause? {
    let head = ended.transfer.head
    if case .tooLarge = ended.transfer.stop { return .tooLarge }
    if head.isRedirect, head["Location"] != nil { return nil }
    if ended.transfer.stop == nil, ended.failure != CC_STOPPED || head.status == 200,
      let cause = Self.cause(ended.failure)
    {
      return cause
    }
    guard head.status == 200 else { return .status(head.status) }
    if ended.transfer.stop != nil { return .interrupted }
    if network.obeysRobotsHeader, let value = head["X-Robots-Tag"],
      !RobotsHeader.allows(value, name: network.robotsName)
    {
      return .robotsHeader
    }
    // A connection that was closed early is told by the length alone where there is no TLS.
    if let length = head.contentLength, length != ended.transfer.body.count { return .interrupted }
    return nil
  }

  private static func cause(_ failure: cc_failure) -> FetchCause? {
    switch failure {
    case CC_NONE: nil
    case CC_UNKNOWN_HOST: .unknownHost
    case CC_CANNOT_CONNECT: .cannotConnect
    case CC_TIMED_OUT: .timedOut
    case CC_INTERRUPTED: .interrupted
    case CC_TLS: .certificate
    default: .other
    }
  }

  private func redirect(_ task: RowTask, _ transfer: Transfer) throws {
    task.redirects += 1
    guard task.redirects <= network.redirects else { return try fail(task, .tooManyRedirects) }
    guard let location = transfer.head["Location"],
      let target = transfer.address.redirected(to: location)
    else { return try fail(task, .badRedirect) }
    task.address = target
    enqueue(task)
  }

  /// Repeats a row later, or ends it.
  private func fail(
    _ task: RowTask, _ cause: FetchCause, head: HTTPHead? = nil, lane: HostLane? = nil
  ) throws {
    task.failures += 1
    guard cause.isTransient, task.failures <= network.retries else {
      return try finish(task, RowResult(cause), Data())
    }
    var seconds = network.firstDelay
    for _ in 1..<task.failures { seconds *= 2 }
    let asked = [429, 503].contains(head?.status) ? head?.retryAfter : nil
    if let asked, let lane {
      // The whole host asks to be left alone.
      let until = ContinuousClock.now + .seconds(min(asked, network.longestDelay))
      lane.pausedUntil = max(lane.pausedUntil ?? until, until)
      paused.add(lane, due: until)
    }
    seconds = min(max(seconds, asked ?? 0), network.longestDelay)
    task.restart()
    delayed.add(task, due: .now + .seconds(seconds))
  }

  private func finish(_ task: RowTask, _ result: RowResult, _ picture: Data) throws {
    openRows -= 1
    try onDone(task, result, picture)
  }

  /// Tells the failures that were found while something else was done.
  private func flush() throws {
    while !postponed.isEmpty {
      let rows = postponed
      postponed = []
      for (task, cause) in rows { try fail(task, cause) }
    }
  }

  /// Forgets a host that nobody asks for any more.
  private func retire(_ lane: HostLane) {
    guard lane.active == 0, lane.waiting == 0, lane.stage == .ready, lane.pausedUntil == nil,
      !lane.isInLine
    else { return }
    lanes[lane.origin] = nil
  }

  // MARK: robots.txt

  private func askRobots(_ lane: HostLane, at address: WebAddress?, redirects: Int) {
    // One that leads to another host is asked for there only if the name is known already: the RFC
    // lets a file that cannot be reached by five redirects count as missing.
    guard let address, address.host == lane.host else { return admit(lane, .open) }
    begin(
      address, .robots(lane, redirects: redirects), lane, limit: RobotsRules.maximumBytes,
      attempt: redirects)
  }

  private func endRobots(_ lane: HostLane, _ ended: TransferPool.Ended, redirects: Int) {
    let head = ended.transfer.head
    if head.isRedirect, redirects < 5, let location = head["Location"] {
      let target = ended.transfer.address.redirected(to: location)
      return askRobots(lane, at: target, redirects: redirects + 1)
    }
    let rules: RobotsRules
    switch head.status {
    case 200: rules = RobotsRules(ended.transfer.body, name: network.robotsName)
    case 500...: rules = .closed
    default: rules = .open
    }
    robots[lane.origin] = rules
    admit(lane, rules)
  }
}

/// The rules of hosts that were asked lately.
private struct RobotsCache {
  private var rules: [String: RobotsRules] = [:]
  private static let maximumCount = 100_000

  subscript(origin: String) -> RobotsRules? {
    get { rules[origin] }
    set {
      if rules.count >= Self.maximumCount { rules = [:] }
      rules[origin] = newValue
    }
  }
}
