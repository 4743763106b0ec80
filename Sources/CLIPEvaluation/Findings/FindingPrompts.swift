import Files
public import Foundation

/// The sentences that stand for labels of findings: words of severity, kind and place in every
/// combination, as MedCLIP writes them.
///
/// Source: Wang et al., *MedCLIP*, 2022, section 4.2; `medclip/prompts.py`.
public struct FindingPrompts: Sendable, Hashable {
  /// The labels in their order.
  public let labels: [String]
  /// At least one sentence for each.
  public let sentences: [[String]]

  /// The most sentences of a label.
  static let maximumCount = 100_000

  /// Labels by their names alone.
  public init(names: [String]) {
    labels = names
    sentences = names.map { [$0] }
  }

  private struct File: Decodable {
    /// Where the words go; `{severity} {subtype} {location}` if absent.
    let form: String?
    let labels: [String: Words]

    enum Words: Decodable {
      case sentences([String])
      case parts([String: [String]])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let list = try? container.decode([String].self) {
          self = .sentences(list)
        } else {
          self = .parts(try container.decode([String: [String]].self))
        }
      }
    }
  }

  /// Reads `{"form": "{location}{severity}{subtype}", "labels": {"肺炎": {"severity": ["轻度", …],
  /// "subtype": […], "location": […]}, "气胸": ["可见气胸"]}}`.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - names: the labels that are wanted, in their order; each must be there.
  ///   - count: so many sentences of each label, drawn; all if nil.
  ///   - seed: equal seeds draw equal sentences.
  /// - Throws: ``EvaluationError``.
  public init(
    contentsOf url: URL, names: [String], count: Int? = nil, seed: UInt32 = 0
  ) throws {
    let path = url.path(percentEncoded: false)
    func bad(_ problem: String) -> EvaluationError { .badFile(path: path, problem: problem) }
    let text = try EvaluationError.wrapping {
      try TextFile(url, maximumSize: TextFile.maximumDocument)
    }
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: text.json) } catch {
      throw bad(
        "it is no file of prompts: a JSON object with 'labels', each a list of sentences or an "
          + "object of lists")
    }
    let form = file.form ?? "{severity} {subtype} {location}"
    labels = names
    sentences = try names.enumerated().map { number, name in
      guard let words = file.labels[name] else {
        throw bad("it has no prompts for '\(name)'")
      }
      let all: [String]
      switch words {
      case .sentences(let list): all = list
      case .parts(let parts):
        do { all = try Self.product(parts, form: form) } catch {
          throw bad("'\(name)': \(error)")
        }
      }
      guard !all.isEmpty, all.allSatisfy({ !$0.isEmpty }) else {
        throw bad("'\(name)' has no sentence, or an empty one")
      }
      guard let count, count < all.count else { return all }
      var random = SeededGenerator(seed: seed, stream: UInt32(truncatingIfNeeded: number))
      return Array(all.shuffled(using: &random).prefix(count))
    }
  }

  /// All combinations, the part that comes last in the form changing fastest; equal ones once.
  static func product(
    _ parts: [String: [String]], form: String
  ) throws(EvaluationError) -> [String] {
    func place(_ name: String) -> Int {
      form.range(of: "{\(name)}").map { form.distance(from: form.startIndex, to: $0.lowerBound) }
        ?? 0
    }
    let places = parts.keys.filter { form.contains("{\($0)}") }
      .sorted { place($0) < place($1) }
    if let other = parts.keys.sorted().first(where: { !places.contains($0) }) {
      throw .invalidSetting("the form '\(form)' has no {\(other)}")
    }
    var all = [form]
    for place in places {
      let words = parts[place] ?? []
      let choices = words.isEmpty ? [""] : words
      guard all.count * choices.count <= maximumCount else {
        throw .invalidSetting("it has more than \(maximumCount) sentences")
      }
      all = all.flatMap { sentence in
        choices.map { sentence.replacing("{\(place)}", with: $0) }
      }
    }
    var seen = Set<String>()
    return all.map { sentence in
      let plain = sentence.replacing(/\{\w+\}/, with: "")
      return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }.filter { seen.insert($0).inserted }
  }
}
