import CLIPModels

/// One step of a recipe: what it looks at, and from where on a row is left out.
///
/// In JSON a step is its name, `"emoji"`, or an object whose only key is its name,
/// `{"length": {"characters": [5, 50]}}`.
public enum CleaningStep: Sendable, Equatable {
  // Texts.
  /// Traditional characters become simplified ones (OpenCC's tables, the longest phrase first).
  case simplify
  /// Names of persons become ``NamesRule/token``.
  case replaceNames(NamesRule)
  /// Only texts of some languages stay.
  case language(LanguageRule)
  /// Only texts of some length stay.
  case length(LengthRule)
  /// Texts with more than so many unknown tokens of the vocabulary go.
  case unknownTokens(MaximumRule)
  /// Texts whose characters carry too few bits each go.
  case textEntropy(MinimumRule)
  /// Texts with emoji go.
  case emoji
  /// Texts that match a pattern go.
  case pattern(PatternRule)
  /// Texts with a word of the user's list go.
  case blockedWords
  // Pictures.
  /// Pictures that cannot be decoded go.
  case readable
  /// Pictures with too few pixels a side go.
  case shortSide(MinimumRule)
  /// Pictures that are too long for their width, or the reverse, go.
  case aspect(MaximumRule)
  /// Pictures that are blurred or empty go: variance of the Laplacian of the grey picture.
  case sharpness(MinimumRule)
  /// Pictures of nearly one brightness go: standard deviation of the grey picture.
  case contrast(MinimumRule)
  /// Pictures with few brightnesses go: bits of the grey picture's histogram.
  case pictureEntropy(MinimumRule)
  // Repetition, across the whole set.
  /// Texts that belong to too many pictures.
  case repeatedTexts(RepeatedTextsRule)
  /// Of pictures whose files are equal the first stays.
  case repeatedPictures
  /// Of pictures that nearly equal each other the first stays.
  case nearDuplicates
  /// Pictures with too many texts.
  case textsOfPicture(MaximumRule)
  /// Of one host's rows only the first stay.
  case rowsOfHost(MaximumRule)
  /// Pictures that are in given test sets too.
  case contamination(ContaminationRule)
  // By a model.
  /// Pairs whose score lies outside of a band.
  case score(ScoreRule)
  /// Of pictures whose vectors are neighbours the most central one stays.
  case semanticDuplicates(SemanticRule)
  /// Frequent concepts are thinned out.
  case balance(BalanceRule)

  /// The smallest value that stays.
  public struct MinimumRule: Sendable, Equatable, Codable {
    /// In the step's unit.
    public var minimum: Double
    /// Makes a rule.
    public init(minimum: Double) { self.minimum = minimum }
  }

  /// The largest value that stays.
  public struct MaximumRule: Sendable, Equatable, Codable {
    /// In the step's unit.
    public var maximum: Double
    /// Makes a rule.
    public init(maximum: Double) { self.maximum = maximum }
  }

  /// What stands for the names of persons.
  public struct NamesRule: Sendable, Equatable, Codable {
    /// `〈人名〉` unless another is given, as in Wukong's published texts.
    public var token: String?
    /// Whether names are guessed by family names and titles besides those of the user's list.
    public var guesses: Bool?
  }

  /// Which languages stay.
  public struct LanguageRule: Sendable, Equatable, Codable {
    /// Of `zh`, `ja`, `ko`, `en`, `other`; `en` is Latin script, whatever the language.
    public var allowed: [String]
    /// Least share of Han characters among letters and digits.
    public var hanShare: Double?
    /// `simplified` or `traditional` where only one of both stays; texts that are both are either.
    public var script: String?
  }

  /// How long a text may be: each pair is the least and the most.
  public struct LengthRule: Sendable, Equatable, Codable {
    /// Characters (code points).
    public var characters: [Int]?
    /// Words: each Han, kana or hangul character is one, and each run of other letters and digits.
    public var words: [Int]?
  }

  /// What no text may match.
  public struct PatternRule: Sendable, Equatable, Codable {
    /// Ready patterns: `file_name`, `advertisement`.
    public var kinds: [String]?
    /// Regular expressions in ICU's syntax; case does not matter.
    public var expressions: [String]?
  }

  /// How many pictures a text may belong to.
  public struct RepeatedTextsRule: Sendable, Equatable, Codable {
    /// The most rows of a text.
    public var maximum: Int
    /// `none`, as ALIGN and Wukong have it: a text of more rows goes with all of them; `first`: its first
    /// rows stay.
    public var keep: String?
    /// Whether texts count as equal that differ in letters' case and width, blanks and punctuation only.
    public var normalized: Bool?
  }

  /// How a picture is known again in a test set.
  public struct ContaminationRule: Sendable, Equatable, Codable {
    /// Least cosine to a test picture by the model from which a picture goes too; by content alone if
    /// absent.
    public var cosine: Double?
    /// Whether rows go whose text equals a test text; absent, false.
    public var texts: Bool?
  }

  /// The band of scores that stays: each pair is the least and the most.
  public struct ScoreRule: Sendable, Equatable, Codable {
    /// Of the cosine.
    public var cosine: [Double]?
    /// Of the Euclidean distance of unit vectors, √(2 − 2 cosine).
    public var distance: [Double]?
  }

  /// Which pictures count as neighbours.
  public struct SemanticRule: Sendable, Equatable, Codable {
    /// Cosine distance, 1 − cosine, below which two pictures are neighbours.
    public var distance: Double
    /// Pictures that are compared with each other, on the average of all groups; 8192 if absent.
    public var groupSize: Int?
  }

  /// What is thinned out.
  public struct BalanceRule: Sendable, Equatable, Codable {
    /// Rows of a concept that stay on the average (MetaCLIP's *t*).
    public var rows: Int
    /// Whether rows without any concept stay; absent, false, as in MetaCLIP.
    public var keepsOthers: Bool?
  }
}
