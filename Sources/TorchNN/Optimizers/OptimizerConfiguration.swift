import Torch

/// Which optimiser, and its numbers: an object in JSON whose key `kind` says which; absent, it is
/// AdamW.
///
/// A new optimiser is a file beside this one and a case here.
public enum OptimizerConfiguration: Codable, Hashable, Sendable {
  case adamW(AdamW.Configuration)
  case lamb(LAMB.Configuration)

  private enum Kind: String, Codable, CaseIterable {
    case adamW = "adamw"
    case lamb
  }

  private enum CodingKeys: String, CodingKey {
    case kind
  }

  /// Reads the kind, then its numbers from the same object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decodeIfPresent(String.self, forKey: .kind) ?? Kind.adamW.rawValue
    guard let kind = Kind(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "'\(name)' is not known; there are "
          + Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    switch kind {
    case .adamW: self = .adamW(try AdamW.Configuration(from: decoder))
    case .lamb: self = .lamb(try LAMB.Configuration(from: decoder))
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .adamW(let configuration):
      try container.encode(Kind.adamW, forKey: .kind)
      try configuration.encode(to: encoder)
    case .lamb(let configuration):
      try container.encode(Kind.lamb, forKey: .kind)
      try configuration.encode(to: encoder)
    }
  }

  /// Prepares an optimiser.
  ///
  /// - Parameters:
  ///   - parameters: what is learned.
  ///   - rateFactor: what multiplies the learning rate of a parameter.
  /// - Returns: an optimiser that has taken no step.
  /// - Throws: `TorchError` for parameters that it cannot learn.
  public func optimizer(
    for parameters: [Parameters.Entry], rateFactor: (Parameters.Entry) -> Double
  ) throws -> any Optimizer {
    switch self {
    case .adamW(let configuration):
      try AdamW(parameters, configuration: configuration, rateFactor: rateFactor)
    case .lamb(let configuration):
      try LAMB(parameters, configuration: configuration, rateFactor: rateFactor)
    }
  }

  /// What keeps it from working; nil if nothing does.
  public var problem: String? {
    let (betas, epsilon, decay) =
      switch self {
      case .adamW(let adam): ([adam.beta1, adam.beta2], adam.epsilon, adam.weightDecay)
      case .lamb(let lamb): ([lamb.beta1, lamb.beta2], lamb.epsilon, lamb.weightDecay)
      }
    return betas.allSatisfy((0..<1).contains) && epsilon > 0 && decay >= 0
      ? nil : "needs betas in 0 ..< 1, epsilon above 0 and weight_decay of 0 or more"
  }
}
