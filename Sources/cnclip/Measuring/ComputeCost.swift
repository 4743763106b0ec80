import CLIPModels

/// What one input costs, in floating-point operations: the trunk's and the projection's.
struct ComputeCost {
  /// One picture; nil where the tower's operations are not counted.
  let picture: Double?
  private let tower: any TextTowerConfiguration
  private let dimension: Int

  /// Asks a model's towers.
  init(of configuration: ModelConfiguration) {
    dimension = configuration.embeddingDimension
    tower = configuration.text.tower
    let image = configuration.image.tower
    let projection = 2 * Double(image.shape.width * dimension)
    picture = image.operations.map { $0 + projection }
  }

  /// One text of so many tokens.
  func text(tokens: Int) -> Double? {
    tower.operations(tokens: tokens).map { $0 + 2 * Double(tower.shape.width * dimension) }
  }
}
