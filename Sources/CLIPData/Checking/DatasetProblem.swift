/// One finding about a data set.
public struct DatasetProblem: Sendable, Equatable {
  /// How bad it is.
  public enum Severity: String, Sendable, CaseIterable {
    /// Training or evaluation would stop or be wrong.
    case error
    /// It works, but hardly as meant.
    case warning
    /// Worth knowing.
    case note
  }

  /// What it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// A line of the pictures' file has not two columns.
    case wrongColumns = "wrong_columns"
    /// An id is not a whole number of 64 bits.
    case badIdentifier = "bad_identifier"
    /// Base64 text is cut off or empty.
    case brokenBase64 = "broken_base64"
    /// The bytes are no picture that can be decoded.
    case undecodablePicture = "undecodable_picture"
    /// Different pictures have one id.
    case conflictingPictures = "conflicting_pictures"
    /// A line of the captions' file is not JSON or lacks a field.
    case badCaption = "bad_caption"
    /// A caption names a picture that is not there.
    case danglingPicture = "dangling_picture"
    /// Several captions have one id.
    case repeatedTextIdentifier = "repeated_text_id"
    /// A counter or record of a database does not fit the rest.
    case badRecord = "bad_record"
    /// A picture is cut off or damaged, but was read as far as it goes.
    case damagedPicture = "damaged_picture"
    /// One picture stands there several times under its id.
    case repeatedPicture = "repeated_picture"
    /// Base64 text holds foreign characters or lacks its padding; the original may refuse it.
    case looseBase64 = "loose_base64"
    /// A caption is empty or blank.
    case emptyCaption = "empty_caption"
    /// A caption names a picture twice.
    case repeatedReference = "repeated_reference"
    /// A caption names no picture.
    case captionWithoutPicture = "caption_without_picture"
    /// No caption names the picture.
    case unusedPicture = "unused_picture"
    /// One text stands under several ids.
    case equalCaptions = "equal_captions"
    /// One caption belongs to several pictures.
    case captionOfSeveralPictures = "caption_of_several_pictures"
    /// Several ids hold the very same file.
    case equalPictures = "equal_pictures"
    /// A caption is longer than the 50 characters that the usual context holds.
    case longCaption = "long_caption"

    /// How bad findings of this kind are.
    public var severity: Severity {
      switch self {
      case .wrongColumns, .badIdentifier, .brokenBase64, .undecodablePicture,
        .conflictingPictures, .badCaption, .danglingPicture, .repeatedTextIdentifier, .badRecord:
        .error
      case .damagedPicture, .repeatedPicture, .looseBase64, .emptyCaption, .repeatedReference,
        .captionWithoutPicture, .unusedPicture:
        .warning
      case .equalCaptions, .captionOfSeveralPictures, .equalPictures, .longCaption: .note
      }
    }
  }

  /// What it is.
  public let kind: Kind
  /// The file or folder.
  public let path: String
  /// The line, counted from 1; nil where there are no lines.
  public let line: Int?
  /// The finding, half a sentence.
  public let message: String

  /// Makes a finding.
  public init(_ kind: Kind, path: String, line: Int? = nil, _ message: String) {
    self.kind = kind
    self.path = path
    self.line = line
    self.message = message
  }
}

/// All findings about a data set.
public struct DatasetReport: Sendable, Equatable {
  /// Pictures that can be used.
  public let imageCount: Int
  /// Captions that can be used.
  public let captionCount: Int
  /// Pairs that can be used.
  public let pairCount: Int
  /// The findings, by file and line.
  public let problems: [DatasetProblem]

  /// Whether nothing keeps the set from being used as it is.
  public var isSound: Bool { !problems.contains { $0.kind.severity == .error } }

  /// Number of findings of a kind.
  public func count(_ kind: DatasetProblem.Kind) -> Int {
    problems.count { $0.kind == kind }
  }
}
