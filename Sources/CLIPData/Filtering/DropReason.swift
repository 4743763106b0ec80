/// Why a picture or a caption was left out.
public enum DropReason: Sendable, Hashable, CustomStringConvertible {
  /// The caption has too few characters.
  case captionTooShort
  /// The caption has too many characters.
  case captionTooLong
  /// The caption holds a word of the black-list.
  case blackListed(String)
  /// The caption matches a pattern; its name.
  case pattern(String)
  /// Too few of the caption's characters are Chinese.
  case notChinese
  /// The caption belongs to more pictures than allowed.
  case captionOfTooManyPictures
  /// The picture has more captions than allowed.
  case pictureWithTooManyCaptions
  /// The picture cannot be decoded.
  case undecodable
  /// The picture's shorter side is too short.
  case pictureTooSmall
  /// The picture is too long for its width, or the reverse.
  case aspectRatio
  /// The picture nearly equals another one, whose id is given.
  case nearDuplicate(of: Int64)
  /// A model finds that picture and caption do not fit.
  case lowScore
  /// Nothing is left to pair it with.
  case unpaired

  /// A short name, the same for all words and pictures, for counting.
  public var name: String {
    switch self {
    case .captionTooShort: "caption_too_short"
    case .captionTooLong: "caption_too_long"
    case .blackListed: "black_listed"
    case .pattern(let name): "pattern_\(name)"
    case .notChinese: "not_chinese"
    case .captionOfTooManyPictures: "caption_of_too_many_pictures"
    case .pictureWithTooManyCaptions: "picture_with_too_many_captions"
    case .undecodable: "undecodable"
    case .pictureTooSmall: "picture_too_small"
    case .aspectRatio: "aspect_ratio"
    case .nearDuplicate: "near_duplicate"
    case .lowScore: "low_score"
    case .unpaired: "unpaired"
    }
  }

  /// The reason with its particulars.
  public var description: String {
    switch self {
    case .blackListed(let word): "black_listed: \(word)"
    case .nearDuplicate(let id): "near_duplicate of picture \(id)"
    default: name
    }
  }
}
