import CLIPModels
import Files
public import Foundation

/// A list of steps that are applied one after another, as a file of JSON.
public struct CleaningRecipe: Sendable, Equatable, Codable {
  /// What reports call it.
  public var name: String
  /// Where its thresholds come from.
  public var source: String?
  /// The model that thresholds on scores and distances are meant for, a preset's name.
  public var model: String?
  /// The steps in their order.
  public var steps: [CleaningStep]

  /// Makes a recipe.
  public init(
    name: String, source: String? = nil, model: String? = nil, steps: [CleaningStep]
  ) {
    self.name = name
    self.source = source
    self.model = model
    self.steps = steps
  }

  /// Whether any step compares vectors of a model.
  public var usesModel: Bool { steps.contains(where: \.needsModel) }

  /// Names of the recipes that come with the package.
  public static let shipped = ["chinese-clip", "align", "filip", "wukong", "danqing"]

  /// Finds a recipe.
  ///
  /// - Parameter nameOrPath: one of ``shipped``, or a file.
  /// - Returns: the recipe, checked.
  /// - Throws: ``CleaningError`` that says which key is wrong.
  public static func find(_ nameOrPath: String) throws -> CleaningRecipe {
    try decode(json(nameOrPath), name: nameOrPath)
  }

  /// The text of a recipe as its author wrote it.
  ///
  /// - Throws: ``CleaningError``.
  public static func json(_ nameOrPath: String) throws -> Data {
    var url = URL(filePath: nameOrPath)
    if shipped.contains(nameOrPath) {
      url = try CleaningError.wrapping {
        try ResourceFolder.url(of: "CLIPCleaning").appending(path: "Recipes/\(nameOrPath).json")
      }
    } else if !FileManager.default.fileExists(atPath: nameOrPath), !nameOrPath.contains("/"),
      !nameOrPath.hasSuffix(".json")
    {
      throw CleaningError.invalid(
        "There is no recipe \"\(nameOrPath)\": expected a file, or one of "
          + shipped.joined(separator: ", ") + ".")
    }
    return try CleaningError.wrapping {
      try TextFile(url, maximumSize: TextFile.maximumDocument).json
    }
  }

  /// Reads a recipe's JSON; a misspelt key is an error.
  package static func decode(_ data: Data, name: String) throws -> CleaningRecipe {
    do {
      let recipe = try ConfigurationFile.decode(CleaningRecipe.self, from: data, file: name)
      if let problem = recipe.problem { throw CleaningError.recipe(name: name, problem: problem) }
      return recipe
    } catch ModelError.configuration(_, let problem) {
      throw CleaningError.recipe(name: name, problem: problem)
    }
  }

  /// What no cleaning can be made of.
  private var problem: String? {
    if steps.isEmpty { return "it has no steps" }
    return steps.lazy.compactMap(\.problem).first
  }
}

extension CleaningStep {
  /// What is wrong with its numbers.
  fileprivate var problem: String? {
    func range<Number: Comparable>(_ pair: [Number]?, _ key: String) -> String? {
      guard let pair else { return nil }
      return pair.count == 2 && pair[0] <= pair[1]
        ? nil : "\(name): \(key) takes the least and the most, as in [5, 50]"
    }
    func among(_ values: [String], _ known: [String], _ key: String) -> String? {
      values.first { !known.contains($0) }.map {
        "\(name): \(key) \"\($0)\" is unknown; there are " + known.joined(separator: ", ")
      }
    }
    switch self {
    case .language(let rule):
      if rule.allowed.isEmpty { return "language: allowed names no language" }
      return among(rule.allowed, TextLanguage.allCases.map(\.rawValue), "allowed")
        ?? among(rule.script.map { [$0] } ?? [], ["simplified", "traditional"], "script")
    case .length(let rule):
      if rule.characters == nil, rule.words == nil { return "length: it has no bounds" }
      return range(rule.characters, "characters") ?? range(rule.words, "words")
    case .pattern(let rule):
      if rule.kinds == nil, rule.expressions == nil { return "pattern: it has no pattern" }
      return among(rule.kinds ?? [], ["file_name", "advertisement"], "kinds")
    case .repeatedTexts(let rule):
      if rule.maximum < 1 { return "repeated_texts: maximum must be at least 1" }
      return among(rule.keep.map { [$0] } ?? [], ["none", "first"], "keep")
    case .textsOfPicture(let rule), .rowsOfHost(let rule):
      return rule.maximum < 1 ? "\(name): maximum must be at least 1" : nil
    case .aspect(let rule): return rule.maximum < 1 ? "aspect: maximum must be at least 1" : nil
    case .score(let rule):
      if (rule.cosine == nil) == (rule.distance == nil) {
        return "score: it takes either cosine or distance"
      }
      return range(rule.cosine, "cosine") ?? range(rule.distance, "distance")
    case .semanticDuplicates(let rule):
      guard rule.distance > 0, rule.distance < 2 else {
        return "semantic_duplicates: distance must lie between 0 and 2"
      }
      return (2...65_536).contains(rule.groupSize ?? 2)
        ? nil : "semantic_duplicates: group_size must lie between 2 and 65536"
    case .balance(let rule): return rule.rows < 1 ? "balance: rows must be at least 1" : nil
    default: return nil
    }
  }
}
