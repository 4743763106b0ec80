package import Foundation

extension Process {
  /// Waits for the end.
  ///
  /// `waitUntilExit` needs the run loop of the thread that started the process, and a test may go on
  /// on another thread.
  package func waitWithoutRunLoop() {
    while isRunning { Thread.sleep(forTimeInterval: 0.01) }
  }
}
