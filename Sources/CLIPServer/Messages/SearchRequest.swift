import CLIPSearch
import Foundation
import Hummingbird

/// The body of `POST /api/v1/search`, or the same things from an address.
struct SearchRequest: Decodable, Sendable {
  /// A text and how much it counts.
  struct Term: Decodable, Sendable {
    var text: String
    var weight: Float?
  }

  var text: String?
  var plus: [Term]?
  var minus: [Term]?
  /// Base64 or a data address.
  var image: String?
  var imageURL: String?
  /// The number of a picture of the library.
  var picture: Int64?
  var vector: [Float]?
  var folder: String?
  var takenFrom: String?
  var takenUntil: String?
  /// A filter expression of ``CLIPSearch``.
  var filter: String?
  var captions: Bool?
  var foldDuplicates: Bool?
  var minimumCosine: Float?
  var limit: Int?
  var offset: Int?

  private enum CodingKeys: String, CodingKey {
    case text
    case plus
    case minus
    case image
    case imageURL = "image_url"
    case picture
    case vector
    case folder
    case takenFrom
    case takenUntil
    case filter = "where"
    case captions
    case foldDuplicates
    case minimumCosine
    case limit
    case offset
  }

  /// How much a term to leave out counts against the rest, unless the request says otherwise.
  static let minusWeight: Float = 0.5
  /// Pictures that are at least this similar are folded into one.
  static let foldingThreshold: Float = 0.96

  /// A request for pictures like one of the library.
  init(like picture: Int64, parameters: [Substring: Substring]) throws(ServerError) {
    try self.init(parameters: parameters)
    text = nil
    self.picture = picture
  }

  /// A request from the parameters of an address: `q`, `minus`, `folder`, `from`, `to`, `where`,
  /// `limit`, `offset`.
  init(parameters: [Substring: Substring]) throws(ServerError) {
    func string(_ name: Substring) -> String? { parameters[name].map { String($0) } }
    func number(_ name: Substring) throws(ServerError) -> Int? {
      guard let text = parameters[name] else { return nil }
      guard let number = Int(text) else {
        throw .invalidRequest("The parameter '\(name)' must be a whole number.")
      }
      return number
    }
    text = string("q")
    minus = string("minus").map { [Term(text: $0)] }
    folder = string("folder")
    takenFrom = string("takenFrom")
    takenUntil = string("takenUntil")
    filter = string("where")
    limit = try number("limit")
    offset = try number("offset")
  }

  /// Refuses what is out of bounds.
  func validate(
    _ limits: ServerConfiguration.Limits, dimension: Int
  ) throws(ServerError) {
    let texts = [text].compactMap(\.self) + (plus ?? []).map(\.text) + (minus ?? []).map(\.text)
    guard texts.count <= 32 else {
      throw .invalidRequest("A search has at most 32 texts; this one has \(texts.count).")
    }
    for text in texts {
      try limits.check(text: text)
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw .invalidRequest("A search needs texts that are not empty.")
      }
    }
    guard image != "", imageURL != "" else {
      throw .invalidRequest("'image' and 'image_url' must not be empty; leave them out instead.")
    }
    guard (-1...1).contains(minimumCosine ?? 0) else {
      throw .invalidRequest("'minimumCosine' must be -1 to 1.")
    }
    guard vector == nil || vector?.count == dimension else {
      throw .invalidRequest(
        "'vector' must have \(dimension) numbers, as this model's vectors have.")
    }
    guard (1...limits.hits).contains(limit ?? 1) else {
      throw .invalidRequest("'limit' must be 1 to \(limits.hits).")
    }
    guard (0...PictureLibrary.maximumHits).contains(offset ?? 0) else {
      throw .invalidRequest("'offset' must be 0 to \(PictureLibrary.maximumHits).")
    }
    for (part, characters) in [
      (filter, 1_000), (folder, 1_000), (takenFrom, 100), (takenUntil, 100),
    ] {
      guard let part, part.utf8.count > 4 * characters || part.count > characters else { continue }
      throw .invalidRequest("The filter is too long.")
    }
    if imageURL != nil, image != nil {
      throw .invalidRequest("Give 'image' or 'image_url', not both.")
    }
  }

  /// The filters joined into one, or `nil`.
  ///
  /// - Throws: `SearchError` for an expression that cannot be read.
  func joinedFilter(folders: FolderNames) throws -> PictureFilter? {
    var parts: [String] = []
    if let folder, !folder.isEmpty {
      parts.append("folder = \(Self.quoted(folders.path(of: folder)))")
    }
    if let takenFrom, !takenFrom.isEmpty { parts.append("taken >= \(Self.quoted(takenFrom))") }
    if let takenUntil, !takenUntil.isEmpty { parts.append("taken <= \(Self.quoted(takenUntil))") }
    if let filter, !filter.isEmpty {
      // Read on its own first, so that "a) or (b" cannot reach out of its parentheses.
      _ = try PictureFilter(filter)
      parts.append("(\(filter))")
    }
    return parts.isEmpty ? nil : try PictureFilter(parts.joined(separator: " and "))
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
