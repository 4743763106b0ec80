/// Templates as a product: every prefix with every category with every suffix.
///
/// Source: Yao et al., *FILIP*, 2021, section 3.4: `[prefix] {label}, [category]. [suffix].`, here with
/// Chinese punctuation: `一张{}的照片，一种水果。我喜欢它。`
public struct PromptGrammar: Hashable, Sendable, Codable {
  /// Beginnings, `{}` where the label goes; a beginning without `{}` has the label behind it.
  public var prefixes: [String]
  /// What kind of thing the label is; an empty text leaves it out.
  public var categories: [String]
  /// Closing sentences; an empty text leaves it out.
  public var suffixes: [String]

  /// Names the parts; a missing list counts as one empty text.
  public init(prefixes: [String], categories: [String] = [""], suffixes: [String] = [""]) {
    self.prefixes = prefixes
    self.categories = categories
    self.suffixes = suffixes
  }

  /// The most templates that a grammar may give.
  public static let maximumCount = 2000

  /// All combinations, the suffix changing fastest; equal sentences appear once.
  ///
  /// - Throws: ``ModelError/prompts(source:problem:)`` for more than ``maximumCount``.
  public func templates() throws(ModelError) -> [PromptTemplate] {
    let parts = [prefixes, categories, suffixes].map { $0.isEmpty ? [""] : $0 }
    var count = 1
    for part in parts {
      let (product, overflows) = count.multipliedReportingOverflow(by: part.count)
      guard !overflows, product <= Self.maximumCount else {
        throw ModelError.prompts(
          source: "the grammar", problem: "it gives more than \(Self.maximumCount) templates")
      }
      count = product
    }
    var seen = Set<String>()
    var templates: [PromptTemplate] = []
    for prefix in parts[0] {
      for category in parts[1] {
        for suffix in parts[2] {
          let sentence = Self.sentence(prefix: prefix, category: category, suffix: suffix)
          if seen.insert(sentence).inserted { templates.append(try PromptTemplate(sentence)) }
        }
      }
    }
    return templates
  }

  private static func sentence(prefix: String, category: String, suffix: String) -> String {
    let (prefix, category, suffix) = (trimmed(prefix), trimmed(category), trimmed(suffix))
    var sentence =
      prefix.contains(PromptTemplate.placeholder) ? prefix : prefix + PromptTemplate.placeholder
    if !category.isEmpty { sentence += "，" + category }
    if !suffix.isEmpty { sentence += "。" + suffix }
    return category.isEmpty && suffix.isEmpty ? sentence : sentence + "。"
  }

  /// Without spaces and without punctuation at the end, which the grammar puts itself.
  private static func trimmed(_ part: String) -> String {
    var part = Substring(part).drop { $0.isWhitespace }
    while let last = part.last, last.isWhitespace || "。，,.".contains(last) { part.removeLast() }
    return String(part)
  }

  private enum CodingKeys: String, CodingKey {
    case prefixes, categories, suffixes
  }

  /// Reads `{"prefixes": […], "categories": […], "suffixes": […]}`; the last two may be missing.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    prefixes = try keys.decode([String].self, forKey: .prefixes)
    categories = try keys.decodeIfPresent([String].self, forKey: .categories) ?? [""]
    suffixes = try keys.decodeIfPresent([String].self, forKey: .suffixes) ?? [""]
  }
}
