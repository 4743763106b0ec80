public import CLIPData
import CLIPImages
public import CLIPModels

/// Which word a model sees in which place of a picture: on pictures of several things, how many places
/// of a thing have their best word in its name.
///
/// Source: Yao et al., *FILIP*, 2021, section 4.4, which shows it as pictures; here it is a number.
public struct AlignmentEvaluation: Sendable {
  /// What was found.
  public struct Result: Hashable, Sendable, Codable {
    /// The share of places whose best name is that of the thing there.
    public let accuracy: Double
    /// The same for names drawn at random.
    public let chance: Double
    /// How the names' weights came about.
    public let method: Explanation.Method
    /// Pictures that were looked at.
    public let pictures: Int
    /// Places of these that lie in a thing.
    public let places: Int
  }

  private let dataset: any PairDataset
  private let pictures: [TiledPicture]

  /// Checks that the data set has the pictures.
  ///
  /// - Parameters:
  ///   - dataset: where they come from.
  ///   - pictures: which, and what is where in them.
  /// - Throws: ``EvaluationError`` for a picture that is not there, and when there is none.
  public init(_ dataset: any PairDataset, pictures: [TiledPicture]) throws {
    let known = Set(try dataset.imageIDs())
    if let stranger = pictures.first(where: { !known.contains($0.imageID) }) {
      throw EvaluationError.invalidSetting(
        "The tiles name picture \(stranger.imageID), which \(dataset.source) does not have.")
    }
    guard !pictures.isEmpty else { throw EvaluationError.nothing("There is no picture of tiles.") }
    self.dataset = dataset
    self.pictures = pictures
  }

  /// Asks the model for the places of every name, and counts.
  ///
  /// A place where no name has any weight counts as wrong; one that lies in no tile does not count.
  ///
  /// - Parameters:
  ///   - explainer: the model.
  ///   - progress: called with the number of pictures done, and their total.
  /// - Returns: the shares.
  /// - Throws: `DataError` and `ImageError` for a broken picture, and what the model throws.
  public func run(
    _ explainer: Explainer, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Result {
    var (right, places, chance) = (0, 0, 0.0)
    var method = Explanation.Method.gradient
    for (index, picture) in pictures.enumerated() {
      let square = try explainer.preprocessor(dataset.imageData(for: picture.imageID))
      let explanation = try explainer(
        square, picture.text, words: picture.tiles.map(\.name))
      method = explanation.method
      for (place, best) in explanation.bestWords.enumerated() {
        let x = (Double(place % explanation.columns) + 0.5) / Double(explanation.columns)
        let y = (Double(place / explanation.columns) + 0.5) / Double(explanation.rows)
        guard let tile = picture.tiles.firstIndex(where: { $0.contains(x: x, y: y) }) else {
          continue
        }
        places += 1
        right += best == tile ? 1 : 0
        chance += 1 / Double(picture.tiles.count)
      }
      progress(index + 1, pictures.count)
    }
    guard places > 0 else { throw EvaluationError.nothing("No place lies in a tile.") }
    return Result(
      accuracy: Double(right) / Double(places), chance: chance / Double(places), method: method,
      pictures: pictures.count, places: places)
  }
}
