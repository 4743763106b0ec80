package import Testing

/// Tests with this trait run one after another, whatever their suites and targets.
///
/// LibTorch's generator of random numbers is the whole process's: a test that draws from it changes
/// what its neighbours draw after their own seed.
package struct DrawsRandomNumbers: TestTrait, SuiteTrait, TestScoping {
  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await body() }
    await Turn.shared.take()
    do {
      try await body()
    } catch {
      await Turn.shared.give()
      throw error
    }
    await Turn.shared.give()
  }
}

extension Trait where Self == DrawsRandomNumbers {
  /// The test draws from LibTorch's generator, or trains a model that does.
  package static var drawsRandomNumbers: Self { Self() }
}

/// Whose turn it is, in the order of asking.
private actor Turn {
  static let shared = Turn()

  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func give() {
    if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
  }
}
