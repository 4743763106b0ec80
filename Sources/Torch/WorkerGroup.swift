internal import CTorch

/// Processes that compute one thing together, each with a rank of its own.
///
/// They meet at a TCP address that the first serves (c10d's `TCPStore`) and exchange tensors by
/// Gloo. Tensors of a CUDA device travel through host memory. Every worker has to make the same
/// calls in the same order; one that dies or is silent for longer than the timeout makes the
/// others' calls throw.
public final class WorkerGroup: Sendable {
  /// This worker's number, 0 ..< ``count``.
  public let rank: Int
  /// How many workers there are.
  public let count: Int
  private nonisolated(unsafe) let handle: ct_group

  /// Whether this build can have several workers at all.
  public static var isAvailable: Bool { ct_group_is_available() }

  /// Waits until all workers have met.
  ///
  /// - Parameters:
  ///   - host: where rank 0 is reached.
  ///   - port: the port that rank 0 serves.
  ///   - rank: this worker's number.
  ///   - count: how many workers there will be.
  ///   - timeout: seconds after which a silent worker counts as dead.
  /// - Throws: ``TorchError`` when they do not meet in time.
  public init(
    host: String, port: UInt16, rank: Int, count: Int, timeout: Double
  ) throws(TorchError) {
    guard count > 0, (0..<count).contains(rank), count <= 1 << 20, timeout > 0 else {
      throw TorchError("worker \(rank) of \(count) with a timeout of \(timeout) s makes no sense")
    }
    var handle: ct_group?
    try check(ct_group_join(host, port, Int32(rank), Int32(count), timeout, &handle))
    guard let handle else { throw TorchError("LibTorch returned no group of workers") }
    self.handle = handle
    self.rank = rank
    self.count = count
  }

  /// Waits until all workers of one machine have met at a file; their messages go over the loopback
  /// alone, and no port listens for the meeting.
  ///
  /// - Parameters:
  ///   - file: a path in a folder that only these workers may write in; it need not exist.
  ///   - rank: this worker's number.
  ///   - count: how many workers there will be.
  ///   - timeout: seconds after which a silent worker counts as dead.
  /// - Throws: ``TorchError`` when they do not meet in time.
  public init(file: String, rank: Int, count: Int, timeout: Double) throws(TorchError) {
    guard count > 0, (0..<count).contains(rank), count <= 1 << 20, timeout > 0 else {
      throw TorchError("worker \(rank) of \(count) with a timeout of \(timeout) s makes no sense")
    }
    var handle: ct_group?
    try check(ct_group_join_file(file, Int32(rank), Int32(count), timeout, &handle))
    guard let handle else { throw TorchError("LibTorch returned no group of workers") }
    self.handle = handle
    self.rank = rank
    self.count = count
  }

  deinit {
    ct_group_free(handle)
  }

  /// Waits until all workers are here.
  public func barrier() throws(TorchError) {
    try check(ct_group_barrier(handle))
  }

  /// Rows of all workers, in rank order: `[n, …]` here becomes `[count · n, …]`.
  ///
  /// The result is not part of the graph; every worker must bring the same shape.
  public func gathered(_ tensor: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_group_gather(handle, tensor.handle, $0) }
  }

  /// The sum over all workers, as part of the graph: its gradient is the sum of theirs.
  public func sum(_ tensor: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_group_sum(handle, tensor.handle, $0) }
  }

  /// Replaces tensors by their sums over all workers.
  package func sumInPlace(_ tensors: [Tensor]) throws(TorchError) {
    guard !tensors.isEmpty else { return }
    try check(ct_group_sum_in_place(handle, tensors.handles, Int32(tensors.count)))
    withExtendedLifetime(tensors) {}
  }

  /// Replaces tensors by those of one worker.
  package func broadcastInPlace(_ tensors: [Tensor], from root: Int = 0) throws(TorchError) {
    guard !tensors.isEmpty else { return }
    try check(
      ct_group_broadcast_in_place(handle, tensors.handles, Int32(tensors.count), Int32(root)))
    withExtendedLifetime(tensors) {}
  }
}
