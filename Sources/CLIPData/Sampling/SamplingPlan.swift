/// How samples are drawn from sources that lie in shards, so that those drawn together lie together:
/// shards in a random order, and their samples mixed within a buffer.
public struct SamplingPlan: Sendable, Equatable {
  /// One of the sources, whose samples follow those of the source before it.
  public struct Part: Sendable, Equatable {
    /// Samples of each shard.
    public var counts: [Int]
    /// Samples that are mixed with each other; nil: all of them.
    public var buffer: Int?
    /// How often each sample is drawn in an epoch, compared with a source of weight 1.
    public var weight: Double

    /// Describes a source.
    public init(counts: [Int], buffer: Int? = nil, weight: Double = 1) {
      self.counts = counts
      self.buffer = buffer
      self.weight = weight
    }

    /// All samples of the source.
    var count: Int { counts.reduce(0, +) }
    /// Samples that an epoch draws from it.
    var drawn: Double { Double(count) * weight }
  }

  /// The sources.
  public var parts: [Part]

  /// Describes sources.
  public init(_ parts: [Part]) { self.parts = parts }

  /// Samples that an epoch draws.
  var drawCount: Int { Int(parts.reduce(0) { $0 + $1.drawn }.rounded(.up)) }
  /// All samples.
  var sampleCount: Int { parts.reduce(0) { $0 + $1.count } }
}
