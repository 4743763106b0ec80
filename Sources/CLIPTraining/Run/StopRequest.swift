import Synchronization

/// A wish to stop, made from a signal handler or another thread; the run saves and ends after the
/// step it is at.
public final class StopRequest: Sendable {
  private let requested = Atomic(false)

  /// Nobody wants to stop yet.
  public init() {}

  /// Whether somebody wants to stop.
  public var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Asks the run to stop.
  public func request() { requested.store(true, ordering: .relaxed) }
}
