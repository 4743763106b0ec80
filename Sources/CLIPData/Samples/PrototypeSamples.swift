public import CLIPImages
public import Foundation

/// Classes instead of captions: a caption of the data set is a class, its pictures are examples.
///
/// A sample is a class with one of its pictures and one of its sentences, both drawn: classes come
/// equally often however many pictures they have, and a class's vector learns to stand for all of
/// them. Use it with the target `duplicates`, since a class may be twice in a batch. An epoch has as
/// many samples as the data set has pairs.
public struct PrototypeSamples: SampleSource {
  private let dataset: any PairDataset
  private let classes: [Caption]
  private let sentences: [Int64: [String]]
  /// The number of pairs of the data set.
  public let count: Int

  private struct Line: Decodable {
    let id: Int64
    let texts: [String]
    enum CodingKeys: String, CodingKey {
      case texts
      case id = "text_id"
    }
  }

  /// The captions of a data set as classes.
  ///
  /// - Parameters:
  ///   - dataset: where classes and pictures come from.
  ///   - file: a file of what a class is called in, `{"text_id": 3, "texts": ["…", "…"]}` a
  ///     line; nil: the caption itself. A class that the file does not name has its caption.
  /// - Throws: ``DataError``, also for a line about a class that the data set does not have.
  public init(_ dataset: any PairDataset, sentences file: URL? = nil) throws {
    self.dataset = dataset
    classes = try dataset.captions().filter { !$0.imageIDs.isEmpty }
    count = dataset.pairCount
    guard !classes.isEmpty else {
      throw DataError.invalidSetting("No caption of \(dataset.source) names a picture.")
    }
    let known = Set(classes.map(\.textID))
    sentences =
      try file.map { file in
        try Self.lines(of: file, Line.self, like: #"{"text_id": …, "texts": ["…"]}"#) { line in
          guard known.contains(line.id) else {
            return "\(dataset.source) has no text_id \(line.id)"
          }
          return line.texts.isEmpty ? "it names no sentence" : nil
        }.reduce(into: [:]) { $0[$1.id] = $1.texts }
      } ?? [:]
  }

  /// Where the data lies.
  public var source: String { dataset.source }

  /// A class in its turn, with a picture and a sentence of the generator's.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let own = classes[index % classes.count]
    let image = own.imageIDs[random.index(below: own.imageIDs.count)]
    var text = own.text
    if let some = sentences[own.textID] { text = some[random.index(below: some.count)] }
    return Sample(imageID: image, texts: [Sample.Text(id: own.textID, text: text)])
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try dataset.imageData(for: imageID) }
  /// The pictures of the data set.
  public func imageIDs() throws -> [Int64] { try dataset.imageIDs() }
}
