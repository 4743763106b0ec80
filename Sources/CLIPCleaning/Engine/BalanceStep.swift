import CLIPData
import Foundation

/// Thins out frequent concepts (MetaCLIP by Xu et al., 2023, algorithm 1): a row stays if for any
/// of its concepts a draw falls below `rows / count`; so rare concepts stay whole.
///
/// Holds 8 bytes a concept.
///
/// The draw is a hash of the row's name, the same in every run.
struct Balance: WholeSetStep {
  let rule: CleaningStep.BalanceRule
  let concepts: WordMatcher

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let concepts = concepts
    var counts = [Int](repeating: 0, count: concepts.words.count)
    for found in try view.gather({ concepts.all(in: $0.text) }).joined() {
      for concept in found { counts[concept] += 1 }
    }
    let (frequencies, limit, keepsOthers) = (counts, rule.rows, rule.keepsOthers ?? false)
    let reasons = try view.gather { row -> String? in
      let found = concepts.all(in: row.text)
      guard let rarest = found.min(by: { frequencies[$0] < frequencies[$1] }) else {
        return keepsOthers ? nil : "holds no concept"
      }
      let draw = Double(StableHash.hash("balance \(row.row.name)") >> 11) * 0x1p-53
      // One draw for all concepts decides as the rarest would.
      guard draw >= Double(limit) / Double(frequencies[rarest]) else { return nil }
      return "\"\(concepts.words[rarest])\" is in \(frequencies[rarest]) rows"
    }
    var drops: [WholeSetDrop] = []
    view.forEach(reasons) { place, reason in
      if let reason { drops.append(WholeSetDrop(place: place, reason: reason)) }
    }
    return drops
  }
}
