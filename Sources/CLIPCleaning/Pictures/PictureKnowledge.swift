import CLIPData
import Files
import Foundation
import Synchronization

/// What is known of all pictures: a file for each part, made when a step first asks.
final class PictureKnowledge: Sendable {
  private let folder: URL
  /// Number of the first picture of each part; one more at the end.
  private let starts: [Int]
  private let opened: Mutex<[Int: MeasuredPart]> = Mutex([:])

  init(folder: URL, counts: [Int]) {
    self.folder = folder
    starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  private func file(_ part: Int) -> URL {
    folder.appending(path: "pictures-\(part.padded(6)).measures")
  }

  /// How many pictures a part has.
  func count(_ part: Int) -> Int { starts[part + 1] - starts[part] }

  /// The number of a picture among all.
  func number(_ reference: PictureReference) -> Int { starts[reference.part] + reference.index }

  /// The part of a number, and the place in it.
  func reference(_ number: Int) -> PictureReference {
    // Empty parts begin where the next one does.
    var (lower, upper) = (0, starts.count - 1)
    while lower + 1 < upper {
      let middle = (lower + upper) / 2
      if starts[middle] <= number { lower = middle } else { upper = middle }
    }
    return PictureReference(part: lower, index: number - starts[lower])
  }

  /// A part's measures.
  ///
  /// - Throws: ``CleaningError`` where nobody has measured it.
  func part(_ part: Int) throws -> MeasuredPart {
    try opened.withLock { opened in
      if let known = opened[part] { return known }
      guard let found = MeasuredPart(file(part), count: count(part)) else {
        throw CleaningError.unreadable(path: file(part).path, reason: "it is no file of measures")
      }
      opened[part] = found
      return found
    }
  }

  /// The hash of a picture's bytes.
  func contentKey(_ reference: PictureReference) throws -> UInt64 {
    try part(reference.part).contentKey(reference.index)
  }

  /// A picture's description by its number.
  func fingerprint(_ number: Int) -> PictureFingerprint? {
    let reference = reference(number)
    return (try? part(reference.part))?.fingerprint(reference.index)
  }

  /// Looks at pictures that are wanted and not known yet.
  func measure(
    _ wanted: [[Bool]], needs: PictureMeasures.Needs, of input: CleaningInput,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let parts = wanted.indices.filter { part in
      guard wanted[part].contains(true) else { return false }
      guard let known = MeasuredPart(file(part), count: count(part)),
        known.needs.isSuperset(of: needs)
      else { return true }
      return !wanted[part].indices.allSatisfy { !wanted[part][$0] || known.has($0) }
    }
    guard !parts.isEmpty else { return }
    opened.withLock { $0 = [:] }
    let total = parts.reduce(0) { $0 + wanted[$1].count { $0 } }
    var done = 0
    let pipeline = concurrentResults(count: parts.count) { index in
      let part = parts[index]
      let pictures = try input.pictures(ofPart: part)
      let measures = wanted[part].indices.map { place -> PictureMeasures? in
        guard wanted[part][place] else { return nil }
        // A picture whose bytes cannot be had is a broken picture.
        do { return PictureMeasures(try pictures.data(at: place), needs: needs) } catch {
          return PictureMeasures(failure: "\(error)")
        }
      }
      try MeasuredPart.write(measures, needs: needs, to: self.file(part))
      return measures.count { $0 != nil }
    }
    for result in pipeline {
      done += try result.get()
      progress(done, total)
      try Task.checkCancellation()
    }
  }
}

extension Int {
  /// The number with zeros before it.
  func padded(_ digits: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
  }
}
