/// Which linear maps get a low-rank addition, and how large it is.
///
/// Source: Hu et al., *LoRA: Low-Rank Adaptation of Large Language Models*, 2021.
public struct LowRankConfiguration: Codable, Hashable, Sendable {
  /// The rank of the addition; 4 to 64.
  public var rank: Int
  /// The addition counts `alpha / rank` times.
  public var alpha: Double
  /// Names of the weights that get one; by default every linear map of both towers.
  public var targets: NamePatterns

  /// Names the numbers.
  public init(rank: Int = 8, alpha: Double = 16, targets: NamePatterns = ["*"]) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
  }

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    rank = try container.decodeIfPresent(Int.self, forKey: .rank) ?? rank
    alpha = try container.decodeIfPresent(Double.self, forKey: .alpha) ?? alpha
    targets = try container.decodeIfPresent(NamePatterns.self, forKey: .targets) ?? targets
  }
}
