import CLIPImages
public import Foundation

/// A picture that has yet to be read.
public struct PictureInput: Sendable {
  /// How results and messages call it.
  public let name: String
  /// Gives the encoded file.
  public let load: @Sendable () throws -> Data

  /// A picture whose bytes a closure gives.
  public init(name: String, load: @escaping @Sendable () throws -> Data) {
    self.name = name
    self.load = load
  }

  /// A picture file.
  public init(path: String) {
    self.init(name: path) { try PictureBytes.read(path) }
  }
}

extension CLIP {
  /// Embeds pictures of any number: reading and decoding run in parallel with the network, and
  /// only a few batches are in memory at a time.
  ///
  /// - Parameters:
  ///   - pictures: what to read.
  ///   - normalized: whether embeddings get unit length.
  ///   - warn: called before `handle` for each picture that is damaged but could be read, with its
  ///     position and a sentence.
  ///   - handle: called for each picture in order, with its position and its embedding or what
  ///     kept it from being read.
  /// - Throws: what `handle` throws, or an error of the network; a broken picture is no error.
  public func embed(
    pictures: [PictureInput], normalized: Bool = true,
    warn: (Int, String) throws -> Void = { _, _ in },
    handle: (Int, Result<Embeddings.Row, any Error>) throws -> Void
  ) throws {
    try read(
      pictures, network: { Array(try self.embed(images: $0, normalized: normalized)) }, warn: warn,
      handle)
  }

  /// The same with what the image encoder pools before its head.
  package func pool(
    pictures: [PictureInput], handle: (Int, Result<Embeddings.Row, any Error>) throws -> Void
  ) throws {
    try read(pictures, network: { Array(try self.pooled(images: $0)) }, handle)
  }

  /// The same with what ``features(images:)`` gives, one row a picture.
  package func features(
    pictures: [PictureInput], warn: (Int, String) throws -> Void = { _, _ in },
    handle: (Int, Result<Features, any Error>) throws -> Void
  ) throws {
    try read(
      pictures,
      network: { images in
        let features = try self.features(images: images)
        return try (0..<images.count).map { try features.sliced($0..<$0 + 1) }
      }, warn: warn, handle)
  }

  private func read<Row: Sendable>(
    _ pictures: [PictureInput], network: @escaping @Sendable ([RGBImage]) throws -> [Row],
    warn: (Int, String) throws -> Void = { _, _ in },
    _ handle: (Int, Result<Row, any Error>) throws -> Void
  ) throws {
    let batches = PictureBatches(pictures, of: self, network: network)
    while case let outcomes = try batches.next(), !outcomes.isEmpty {
      for outcome in outcomes {
        if let warning = outcome.warning { try warn(outcome.index, warning) }
        try handle(outcome.index, outcome.row)
      }
    }
  }
}
