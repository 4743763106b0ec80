import CLIPModels
import Foundation

/// Pictures that answer everything: in spaces of many dimensions a few lie near to all queries.
///
/// Source: Radovanović et al., *Hubs in Space*, 2010.
public struct Hubness: Sendable, Codable {
  /// A picture that answers often.
  public struct Hub: Sendable, Codable {
    /// The file.
    public let image: String
    /// Its right label.
    public let label: String
    /// In how many labels' answers it is.
    public let answers: Int
  }

  /// How many pictures answer each label.
  public let depth: Int
  /// Labels that were asked.
  public let queryCount: Int
  /// The skewness of how often pictures answer: 0 is even, above 1 a few answer much too often.
  public let skewness: Double
  /// Share of pictures that answer nothing.
  public let neverShare: Double
  /// The pictures that answer most labels, most first.
  public let hubs: [Hub]

  /// Asks for the nearest pictures of every label.
  ///
  /// - Throws: ``EvaluationError``, `TorchError`.
  init(_ pictures: EmbeddedPictures, labels: [String], vectors: Embeddings) throws {
    depth = min(10, pictures.labels.count)
    queryCount = labels.count
    let answers = try NearestNeighbors(pictures.embeddings).search(depth, nearestTo: vectors)
    var counts = [Int](repeating: 0, count: pictures.labels.count)
    for answer in answers { for picture in answer { counts[picture] += 1 } }
    let spread = Spread(counts.map(Double.init))
    skewness =
      spread.deviation > 0
      ? Spread(counts.map { pow((Double($0) - spread.mean) / spread.deviation, 3) }).mean : 0
    neverShare = Double(counts.count { $0 == 0 }) / Double(counts.count)
    hubs = counts.indices.sorted {
      counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1
    }.prefix(8).filter { counts[$0] > 1 }.map {
      Hub(
        image: pictures.paths[$0], label: labels[pictures.labels[$0]], answers: counts[$0])
    }
  }
}
