import CLIPImages
import Foundation
import ModelHub
import Synchronization
import Threads

/// Decodes and resizes pictures beside the transfers; results wait in an inbox until they are taken.
final class Decoding {
  /// What became of the bytes of a row.
  struct Outcome: Sendable {
    let ticket: Int
    let result: RowResult
    let picture: Data
    let cause: FetchCause?
  }

  private final class Inbox: Sendable {
    let outcomes = Mutex<[Outcome]>([])
  }

  private let threads: DedicatedThreads
  private let recipe: PictureRecipe
  private let wake: @Sendable () -> Void
  private let inbox = Inbox()
  /// The rows that are being worked on, by their tickets, with the bytes that each holds.
  private var tasks: [Int: (task: RowTask, held: Int)] = [:]
  private var nextTicket = 0

  init(_ recipe: PictureRecipe, threads: Int, wake: @escaping @Sendable () -> Void) {
    self.threads = DedicatedThreads(label: "cnclip.decode", count: threads)
    self.recipe = recipe
    self.wake = wake
  }

  /// How many pictures wait or are worked on.
  var count: Int { tasks.count }

  func begin(_ task: RowTask, _ data: Data) {
    let ticket = nextTicket
    nextTicket += 1
    tasks[ticket] = (task, data.count)
    let (recipe, inbox, wake) = (recipe, inbox, wake)
    let work: @Sendable () -> Void = {
      let outcome = Self.outcome(ticket, data, recipe)
      inbox.outcomes.withLock { $0.append(outcome) }
      wake()
    }
    Task(executorPreference: threads) { work() }
  }

  private static func outcome(_ ticket: Int, _ data: Data, _ recipe: PictureRecipe) -> Outcome {
    do throws(ImageError) {
      let prepared = try recipe.prepare(data)
      let digest = MessageDigest(.sha256)
      data.withUnsafeBytes { digest.update($0) }
      return Outcome(
        ticket: ticket, result: RowResult(prepared, sha256: digest.finalize()),
        picture: prepared.data, cause: nil)
    } catch {
      let cause: FetchCause =
        switch error {
        case .unknownFormat, .empty: .noPicture
        case .truncated: .interrupted
        default: .brokenPicture
        }
      return Outcome(ticket: ticket, result: RowResult(cause), picture: Data(), cause: cause)
    }
  }

  /// Takes what is done since.
  func take() -> [(task: RowTask, held: Int, outcome: Outcome)] {
    let outcomes = inbox.outcomes.withLock { outcomes in
      defer { outcomes = [] }
      return outcomes
    }
    return outcomes.compactMap { outcome in
      tasks.removeValue(forKey: outcome.ticket).map { ($0.task, $0.held, outcome) }
    }
  }
}
