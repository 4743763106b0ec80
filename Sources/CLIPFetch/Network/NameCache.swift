import Foundation
import Synchronization
import Threads
import Web

/// Looks names up beside the transfers, and remembers what it learned.
///
/// Lists name the same hosts again and again: the system's name server is asked once in ten minutes
/// for each. Used from one thread; answers wait in an inbox until they are taken.
final class NameCache {
  typealias Answer = Result<[String], NameLookup.Failure>

  private struct Entry {
    let answer: Answer
    let expiry: ContinuousClock.Instant
  }

  /// What the threads hand over.
  private final class Inbox: Sendable {
    let answers = Mutex<[(String, Answer)]>([])
  }

  private static let goodFor = Duration.seconds(600)
  private static let badFor = Duration.seconds(60)
  private static let maximumEntries = 200_000

  private let threads: DedicatedThreads
  private let lookUp: @Sendable (String) throws(NameLookup.Failure) -> [String]
  private let wake: @Sendable () -> Void
  private let inbox = Inbox()
  private var entries: [String: Entry] = [:]
  private var asked: Set<String> = []
  /// How many names were looked up.
  private(set) var lookups = 0

  /// - Parameters:
  ///   - count: names that are looked up at once.
  ///   - wake: is called when there is an answer.
  ///   - lookUp: gives the numeric addresses of a name.
  init(
    count: Int, wake: @escaping @Sendable () -> Void,
    lookUp: @escaping @Sendable (String) throws(NameLookup.Failure) -> [String] = {
      (host) throws(NameLookup.Failure) in try NameLookup.addresses(of: host, port: 80)
    }
  ) {
    threads = DedicatedThreads(label: "cnclip.names", count: count)
    self.wake = wake
    self.lookUp = lookUp
  }

  /// What is known of a name; nil: it is being looked up.
  func answer(for host: String) -> Answer? {
    if let entry = entries[host], entry.expiry > .now { return entry.answer }
    guard asked.insert(host).inserted else { return nil }
    lookups += 1
    let (inbox, lookUp, wake) = (inbox, lookUp, wake)
    Task(executorPreference: threads) {
      let answer: Answer
      do throws(NameLookup.Failure) { answer = .success(try lookUp(host)) } catch {
        answer = .failure(error)
      }
      inbox.answers.withLock { $0.append((host, answer)) }
      wake()
    }
    return nil
  }

  /// Takes the names that have been answered since.
  func takeAnswered() -> [String] {
    let answers = inbox.answers.withLock { answers in
      defer { answers = [] }
      return answers
    }
    for (host, answer) in answers {
      if entries.count >= Self.maximumEntries {
        entries = entries.filter { $0.value.expiry > .now }
      }
      if entries.count >= Self.maximumEntries { entries = [:] }
      asked.remove(host)
      let lasts = if case .success = answer { Self.goodFor } else { Self.badFor }
      entries[host] = Entry(answer: answer, expiry: .now + lasts)
    }
    return answers.map(\.0)
  }

  /// Forgets a failure, so that a repetition asks again.
  func forget(_ host: String) {
    if case .failure = entries[host]?.answer { entries[host] = nil }
  }
}
