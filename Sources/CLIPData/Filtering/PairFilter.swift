import Foundation

/// Which pairs are worth training on.
///
/// The rules are those of the Chinese-CLIP paper (arXiv 2211.01335, section 2: captions of 5 to 50
/// characters, black-listed words, a score of at least 0.26 by another model) and of its neighbours Wukong
/// (short side above 200 pixels, aspect ratio at most 3, Chinese text) and ALIGN (frequent captions,
/// pictures with many captions, near duplicates). Each is off unless set.
public struct PairFilter: Sendable, Equatable, Codable {
  /// Characters (code points) that a caption may have.
  public var captionLength: ClosedRange<Int>?
  /// Words that no caption may hold; case does not matter.
  public var blackList: [String] = []
  /// Patterns that no caption may match.
  public var patterns: [CaptionPattern] = []
  /// Least share of Han characters among a caption's characters, blanks and punctuation not counted.
  public var minimumChineseShare: Double?
  /// A caption of more pictures than this says too little.
  public var maximumPicturesPerCaption: Int?
  /// A picture with more captions than this is a logo or a placeholder.
  public var maximumCaptionsPerPicture: Int?
  /// Least length of a picture's shorter side, in pixels.
  public var minimumSide: Int?
  /// Largest quotient of a picture's longer and shorter side.
  public var maximumAspectRatio: Double?
  /// Whether of pictures that nearly equal each other only the first is kept.
  public var removesNearDuplicates = false
  /// Least score of a pair, on the scale of the model that gives it.
  public var minimumScore: Double?

  /// A filter that keeps everything.
  public init() {}

  /// The rules of the paper that need neither a list of words nor a model, with the neighbours' rules for
  /// pictures.
  public static let paper: PairFilter = {
    var filter = PairFilter()
    filter.captionLength = 5...50
    filter.patterns = [.fileName, .advertisement]
    filter.minimumSide = 200
    filter.maximumAspectRatio = 3
    filter.maximumPicturesPerCaption = 10
    filter.maximumCaptionsPerPicture = 1000
    filter.removesNearDuplicates = true
    return filter
  }()

  /// Why a caption is to be left out for its text, or nil.
  public func reason(toDrop text: String) -> DropReason? {
    let length = text.unicodeScalars.count
    if let captionLength, length < captionLength.lowerBound { return .captionTooShort }
    if let captionLength, length > captionLength.upperBound { return .captionTooLong }
    if let word = blackList.first(where: {
      !$0.isEmpty && text.range(of: $0, options: .caseInsensitive) != nil
    }) {
      return .blackListed(word)
    }
    if let pattern = patterns.first(where: { $0.matches(text) }) { return .pattern(pattern.name) }
    if let minimumChineseShare, Self.chineseShare(of: text) < minimumChineseShare {
      return .notChinese
    }
    return nil
  }

  /// Why a picture is to be left out for its size, or nil.
  public func reason(toDropWidth width: Int, height: Int) -> DropReason? {
    let (short, long) = (min(width, height), max(width, height))
    if let minimumSide, short < minimumSide { return .pictureTooSmall }
    if let maximumAspectRatio, Double(long) > maximumAspectRatio * Double(short) {
      return .aspectRatio
    }
    return nil
  }

  /// Whether pictures have to be decoded.
  var needsPictures: Bool {
    minimumSide != nil || maximumAspectRatio != nil || removesNearDuplicates
  }

  /// Share of Han characters among letters, digits and symbols.
  static func chineseShare(of text: String) -> Double {
    var (han, all) = (0, 0)
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace || scalar.properties.generalCategory.isPunctuation {
        continue
      }
      all += 1
      if scalar.properties.isIdeographic { han += 1 }
    }
    return all == 0 ? 0 : Double(han) / Double(all)
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isPunctuation: Bool {
    switch self {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
