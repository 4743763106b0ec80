import Foundation

/// What a run that is to go on says differently from the run that its folder holds.
struct RunDifferences {
  /// Settings that no number of the run depends on: they may change between two steps.
  private static let free: Set<String> = [
    "name", "log_interval", "non_finite", "non_finite_limit", "checkpoints.every_steps",
    "checkpoints.keep_epochs", "checkpoints.pytorch", "data.threads",
  ]
  /// The same of every stage, without its place in the list.
  private static let freeOfStages: Set<String> = ["patience", "cache_features"]

  /// Settings that cannot change in mid-run, by key, with both values.
  let fixed: [String]

  init(_ run: TrainingConfiguration, from saved: TrainingConfiguration) throws {
    var differences: [String] = []
    func compare(_ new: Any?, _ old: Any?, _ key: String) {
      let new = new is NSNull ? nil : new
      let old = old is NSNull ? nil : old
      if let new = new as? [String: Any], let old = old as? [String: Any] {
        for name in Set(new.keys).union(old.keys).sorted() {
          compare(new[name], old[name], key.isEmpty ? name : "\(key).\(name)")
        }
      } else if let new = new as? [Any], let old = old as? [Any], new.count == old.count,
        key == "stages"
      {
        for index in new.indices { compare(new[index], old[index], "stages[\(index)]") }
      } else if !Self.isFree(key), !Self.areEqual(new, old, key) {
        differences.append(
          "\(key) was \(Self.text(old)) and is to be \(Self.text(new))")
      }
    }
    func object(_ run: TrainingConfiguration) throws -> Any {
      try JSONSerialization.jsonObject(with: run.json())
    }
    compare(try object(run), try object(saved), "")
    fixed = differences
  }

  private static func isFree(_ key: String) -> Bool {
    free.contains(key)
      || key.hasPrefix("stages[")
        && freeOfStages.contains(String(key.drop { $0 != "." }.dropFirst()))
  }

  private static func areEqual(_ new: Any?, _ old: Any?, _ key: String) -> Bool {
    guard let new, let old else { return new == nil && old == nil }
    if text(new) == text(old) { return true }
    // The same folder or file by another path.
    guard key.hasSuffix("path") || key.hasPrefix("model."), let new = new as? String,
      let old = old as? String
    else { return false }
    func place(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
    return place(new) == place(old)
  }

  private static func text(_ value: Any?) -> String {
    guard let value else { return "absent" }
    let data = try? JSONSerialization.data(
      withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
  }
}
