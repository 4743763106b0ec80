import CLIPData
import Foundation

/// Texts that belong to too many rows.
///
/// Holds 8 bytes a row twice.
struct RepeatedTexts: WholeSetStep {
  let rule: CleaningStep.RepeatedTextsRule

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let isLoose = rule.normalized ?? false
    let keys = try view.gather { row in
      isLoose ? TextMeasures.looseKey(of: row.text) : CaptionKey.key(of: row.text)
    }
    let frequent = RunLengths.counts(above: rule.maximum, of: keys)
    var seen: [UInt64: (count: Int, first: DroppedRow.Place)] = [:]
    var drops: [WholeSetDrop] = []
    view.forEach(keys) { place, key in
      guard let count = frequent[key] else { return }
      let reason = "in \(count) rows"
      guard rule.keep == "first" else {
        drops.append(WholeSetDrop(place: place, reason: reason))
        return
      }
      let before = seen[key] ?? (0, place)
      seen[key] = (before.count + 1, before.first)
      if before.count >= rule.maximum {
        drops.append(WholeSetDrop(place: place, reason: reason, kept: before.first))
      }
    }
    return drops
  }
}

/// Of pictures whose files are equal the first stays.
///
/// Holds 16 bytes a row and 17 a picture.
struct RepeatedPictures: WholeSetStep {
  var needs: PictureMeasures.Needs { .content }

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let rows = try view.pictureNumbers()
    var contents: [(key: UInt64, number: Int)] = []
    try view.forEachPicture { number, part, index in
      contents.append((part.contentKey(index), number))
    }
    contents.sort { ($0.key, $0.number) < ($1.key, $1.number) }
    var firsts: [Int: Int] = [:]
    for (before, next) in zip(contents, contents.dropFirst()) where before.key == next.key {
      firsts[next.number] = firsts[before.number] ?? before.number
    }
    return try view.drops(rows, repeating: firsts) { "the same file as \($0)" }
  }
}

/// Of pictures that nearly equal each other the first stays.
///
/// Holds 28 bytes a picture.
struct NearDuplicates: WholeSetStep {
  var needs: PictureMeasures.Needs { .fingerprint }

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let rows = try view.pictureNumbers()
    var index = PerceptualHashIndex()
    var firsts: [Int: Int] = [:]
    try view.forEachPicture { number, part, place in
      guard let fingerprint = part.fingerprint(place) else { return }
      let equal = index.first(near: fingerprint.hash) { other in
        view.pictures.fingerprint(other)?.nearlyEquals(fingerprint) ?? false
      }
      if let equal { firsts[number] = equal } else { index.insert(fingerprint.hash, number) }
    }
    return try view.drops(rows, repeating: firsts) { "nearly equals \($0)" }
  }
}

/// Pictures with too many texts, told by their files' content.
///
/// Holds 24 bytes a row.
struct TextsOfPicture: WholeSetStep {
  let maximum: Int
  var needs: PictureMeasures.Needs { .content }

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let pictures = view.pictures
    let keys = try view.gather { row -> (picture: UInt64, text: UInt64) in
      guard let reference = row.row.picture else { return (0, 0) }
      return (try pictures.contentKey(reference), CaptionKey.key(of: row.text))
    }
    var pairs = keys.flatMap { $0 }
    pairs.sort { ($0.picture, $0.text) < ($1.picture, $1.text) }
    var counts: [UInt64: Int] = [:]
    var start = 0
    while start < pairs.count {
      var (end, texts) = (start, 0)
      while end < pairs.count, pairs[end].picture == pairs[start].picture {
        if end == start || pairs[end].text != pairs[end - 1].text { texts += 1 }
        end += 1
      }
      if texts > maximum { counts[pairs[start].picture] = texts }
      start = end
    }
    var drops: [WholeSetDrop] = []
    view.forEach(keys) { place, key in
      guard let count = counts[key.picture] else { return }
      drops.append(WholeSetDrop(place: place, reason: "its picture has \(count) texts"))
    }
    return drops
  }
}

/// Of one host's rows the first stay.
///
/// Holds 8 bytes a row.
struct RowsOfHost: WholeSetStep {
  let maximum: Int

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let hosts = try view.gather { row -> UInt64 in
      guard let address = row.row.address, let host = URL(string: address)?.host() else { return 0 }
      return StableHash.hash(host.lowercased()) | 1
    }
    guard hosts.contains(where: { $0.contains { $0 != 0 } }) else {
      throw CleaningError.invalid(
        "The step rows_of_host needs addresses of pictures, which no row has: a column \"url\", or the field \"url\" of a shard's JSON."
      )
    }
    var counts: [UInt64: Int] = [:]
    var drops: [WholeSetDrop] = []
    view.forEach(hosts) { place, host in
      guard host != 0 else { return }
      counts[host, default: 0] += 1
      if counts[host, default: 0] > maximum {
        drops.append(
          WholeSetDrop(place: place, reason: "row \(counts[host, default: 0]) of its host"))
      }
    }
    return drops
  }
}

/// Counting equal numbers by sorting, which takes 8 bytes each.
enum RunLengths {
  /// Numbers that occur more often than a limit, and how often.
  static func counts(above limit: Int, of keys: [[UInt64]]) -> [UInt64: Int] {
    var sorted = keys.flatMap { $0 }
    sorted.sort()
    var counts: [UInt64: Int] = [:]
    var start = 0
    while start < sorted.count {
      var end = start
      while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
      if end - start > limit { counts[sorted[start]] = end - start }
      start = end
    }
    return counts
  }
}

extension RowsView {
  /// The number of each row's picture among all pictures; -1 for none.
  func pictureNumbers() throws -> [[Int]] {
    let pictures = pictures
    return try gather { $0.row.picture.map(pictures.number) ?? -1 }
  }

  /// Calls `body` for every picture that any row needs, in their order.
  func forEachPicture(
    _ body: (_ number: Int, _ part: MeasuredPart, _ index: Int) throws -> Void
  ) throws {
    for (part, alive) in try alivePictures().enumerated() where alive.contains(true) {
      let measured = try pictures.part(part)
      for index in alive.indices where alive[index] {
        try body(pictures.number(PictureReference(part: part, index: index)), measured, index)
      }
    }
  }

  /// Rows whose picture repeats another, each with the first row of the picture that stays.
  func drops(
    _ rows: [[Int]], repeating firsts: [Int: Int], reason: (String) -> String
  ) throws -> [WholeSetDrop] {
    guard !firsts.isEmpty else { return [] }
    let wanted = Set(firsts.values)
    var places: [Int: DroppedRow.Place] = [:]
    forEach(rows) { place, number in
      if wanted.contains(number), places[number] == nil { places[number] = place }
    }
    var drops: [WholeSetDrop] = []
    var names: [DroppedRow.Place: String] = [:]
    try forEach(rows) { place, number in
      guard let first = firsts[number], let kept = places[first] else { return }
      if names[kept] == nil {
        names[kept] = try input.rows(ofPart: kept.part).row(at: kept.index).name
      }
      drops.append(WholeSetDrop(place: place, reason: reason(names[kept] ?? ""), kept: kept))
    }
    return drops
  }
}
