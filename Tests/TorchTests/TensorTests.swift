import TestSupport
import Testing
import Torch

@Suite(.drawsRandomNumbers) struct TensorTests {
  @Test("an array comes back from a tensor as it went in")
  func roundTrip() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.dtype == .float32)
    #expect(try tensor.scalars() == [1, 2, 3, 4, 5, 6])
    #expect(try tensor.transposed().scalars() == [1, 4, 2, 5, 3, 6])
  }

  @Test("a shape that does not fit the elements is an error, also when it overflows")
  func wrongShape() {
    #expect(throws: TorchError.self) { try Tensor([1, 2, 3] as [Float], shape: [2, 2]) }
    #expect(throws: TorchError.self) { try Tensor([1] as [Float], shape: [-1, -1]) }
    #expect(throws: TorchError.self) {
      try Tensor([1] as [Float], shape: [Int.max, Int.max, 4])
    }
  }

  @Test("LibTorch's own complaint becomes a sentence without a backtrace")
  func libTorchError() throws {
    let a = try Tensor.zeros([2, 3])
    let b = try Tensor.zeros([2, 3])
    let error = #expect(throws: TorchError.self) { try a.matmul(b) }
    #expect(error?.description.contains("2x3") == true)
    #expect(error?.description.contains("frame #") == false)
  }

  @Test("operators broadcast")
  func broadcasting() throws {
    let rows = try Tensor([1, 2] as [Float], shape: [2, 1])
    let columns = try Tensor([10, 20, 30] as [Float], shape: [3])
    #expect(try (rows + columns).scalars() == [11, 21, 31, 12, 22, 32])
    #expect(try (rows * columns - 1).scalars() == [9, 19, 29, 19, 39, 59])
  }

  @Test("whole numbers stay whole beside a whole number")
  func wholeNumbers() throws {
    let values = try Tensor([1, 2] as [Int64], shape: [2])
    #expect(try (values + 1).dtype == .int64)
    #expect(try (values * 3).scalars(Int64.self) == [3, 6])
    #expect(try (values + 0.5).dtype == .float32)
  }

  @Test("equal elements keep their order when sorted")
  func stableSort() throws {
    let values = try Tensor([2, 1, 2, 1] as [Float], shape: [4])
    let indices = try values.sorted(descending: true).indices.scalars(Int64.self)
    #expect(indices == [0, 2, 1, 3])
  }

  @Test("borrowed memory is used in place and its owner released with the last tensor")
  func borrowed() throws {
    final class Owner: Sendable {
      nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer
      let released: @Sendable () -> Void
      init(_ values: [Float], released: @escaping @Sendable () -> Void) {
        let copy = UnsafeMutableRawBufferPointer.allocate(
          byteCount: values.count * 4, alignment: 16)
        values.withUnsafeBytes { copy.copyMemory(from: $0) }
        bytes = copy
        self.released = released
      }
      deinit {
        bytes.deallocate()
        released()
      }
    }
    let log = ReleaseLog()
    do {
      let owner = Owner([1, 2, 3, 4]) { log.count += 1 }
      let tensor = try Tensor(
        borrowing: UnsafeRawBufferPointer(owner.bytes), shape: [4], dtype: .float32, owner: owner)
      #expect(try tensor.sliced(1..<3).scalars() == [2, 3])
      #expect(log.count == 0)
    }
    #expect(log.count == 1)
  }

  private final class ReleaseLog: @unchecked Sendable {
    var count = 0
  }

  @Test("a unit vector has length one, and the softmax of a row sums to one")
  func normalisation() throws {
    let x = try Random.normal([5, 7])
    for length in try x.normalized().norm(axis: -1).scalars() {
      #expect(abs(length - 1) < 1e-6)
    }
    for total in try x.softmax().sum(axis: -1).scalars() {
      #expect(abs(total - 1) < 1e-6)
    }
  }

  @Test("a device that is not there is an error that says what is")
  func missingDevice() {
    #expect(throws: TorchError.self) { try Device(named: "cuda:99") }
    #expect(throws: TorchError.self) { try Device(named: "tpu") }
    #expect(throws: TorchError.self) { try Device(named: "cuda:-1") }
  }
}
