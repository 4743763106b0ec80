public import CLIPImages
public import Foundation

/// Several sources as one, of which each is drawn from by its weight.
///
/// A sample's index counts through the sources in their order; the number of the source stands above
/// the own id of a picture or text.
public struct MixedSamples: SampleSource {
  /// The sources' common description.
  public let source: String
  /// All samples.
  public var count: Int { starts[sources.count] }
  /// The plans of the sources with their weights.
  public let plan: SamplingPlan?

  private let sources: [any SampleSource]
  private let starts: [Int]

  /// Bits of an id that its source may use.
  private static let ownBits: Int64 = 48

  /// Joins sources.
  ///
  /// - Parameter sources: each with how often its samples are drawn in an epoch, compared with those
  ///   of a source of weight 1.
  /// - Throws: ``DataError/invalidSetting(_:)`` for weights that are not above 0.
  public init(_ sources: [(samples: any SampleSource, weight: Double)]) throws(DataError) {
    guard !sources.isEmpty, sources.count <= 1_000 else {
      throw .invalidSetting("A mixture has 1 to 1000 sources.")
    }
    guard sources.allSatisfy({ $0.weight > 0 && $0.weight <= 1_000_000 }) else {
      throw .invalidSetting("A source's weight must be above 0.")
    }
    if let empty = sources.first(where: { $0.samples.count == 0 }) {
      throw .invalidSetting("\(empty.samples.source) has no samples to mix.")
    }
    self.sources = sources.map(\.samples)
    starts = sources.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.samples.count) }
    source = sources.map(\.samples.source).joined(separator: " + ")
    plan = SamplingPlan(
      sources.map { samples, weight in
        var part =
          samples.plan?.parts.first ?? SamplingPlan.Part(counts: [samples.count], buffer: nil)
        part.weight = weight
        return part
      })
  }

  /// The sample of an index.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    guard index >= 0, index < count else {
      throw DataError.invalidSetting("Sample \(index) was asked of \(source), which has \(count).")
    }
    let number = starts.lastStart(notAfter: index)
    var sample = try sources[number].sample(at: index - starts[number], using: &random)
    sample.imageID = try sample.imageID.map { try joined($0, number) }
    for place in sample.texts.indices {
      sample.texts[place].id = try joined(sample.texts[place].id, number)
    }
    return sample
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data {
    let number = Int(imageID >> Self.ownBits)
    guard sources.indices.contains(number) else {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    return try sources[number].imageData(for: imageID & (1 << Self.ownBits - 1))
  }

  /// The pictures of all sources.
  public func imageIDs() throws -> [Int64] {
    try sources.enumerated().flatMap { number, source in
      try source.imageIDs().map { try joined($0, number) }
    }
  }

  private func joined(_ id: Int64, _ number: Int) throws(DataError) -> Int64 {
    guard (0..<1 << Self.ownBits).contains(id) else {
      throw .invalidSetting(
        "The id \(id) of \(sources[number].source) is too large, or negative, to be mixed with others."
      )
    }
    return Int64(number) << Self.ownBits | id
  }
}
