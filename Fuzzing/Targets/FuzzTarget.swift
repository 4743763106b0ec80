import Foundation

/// A reader of bytes that strangers send, in the form that a fuzzer and a test call it.
///
/// What a reader refuses it refuses by an error; anything else that goes wrong ends the process:
/// a trap, a broken promise of the reader, a refusal that is not a sentence for people.
package struct FuzzTarget: Sendable {
  /// What `make fuzz TARGET=…`, the folder of seeds and the one of finds are called.
  package let name: String
  private let read: @Sendable (UnsafeRawBufferPointer) throws -> Void

  init(_ name: String, _ read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void) {
    self.name = name
    self.read = read
  }

  /// All of them.
  package static let all: [FuzzTarget] =
    texts + containers + pictures + models + searching + network

  /// Reads an input.
  package func run(_ bytes: UnsafeRawBufferPointer) {
    do {
      try read(bytes)
    } catch {
      Self.check("\(error)")
    }
  }

  /// Ends the process when a reader breaks a promise.
  static func expect(_ holds: Bool, _ promise: String = "a promise of the reader is broken") {
    precondition(holds, promise)
  }

  /// The longest sentence about a file: names and excerpts in it are cut.
  private static let longestSentence = 16 << 10

  /// A refusal says what is wrong in a bounded number of words of our own.
  private static func check(_ sentence: String) {
    expect(!sentence.isEmpty, "an error without a word")
    expect(sentence.utf8.count <= longestSentence, "a sentence of a hostile length")
    expect(!sentence.contains("Error Domain="), "a system error that nobody put into words")
  }
}
