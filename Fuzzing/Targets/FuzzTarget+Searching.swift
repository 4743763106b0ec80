import CLIPModels
import CLIPSearch
import CVectorScan
import Foundation
import ServerTestSupport

/// The library's own files, and what people ask it.
extension FuzzTarget {
  static let searching: [FuzzTarget] = [
    FuzzTarget("filter") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let filter = try PictureFilter(text)
      expect(filter.description == text)
    },
    FuzzTarget("segment") { bytes in
      let path = try ScratchFolder.write(bytes, "pictures.vectors").path
      let identity = SegmentFile.Identity(
        library: "fuzz", model: "fuzz", kind: .picture, dimension: 8)
      guard let (segment, _) = SegmentFile(path: path).open(identity) else { return }
      try scan(segment, query: [1, 0, 0, 0, 0, 0, 0, 0])
    },
    FuzzTarget("vectors") { bytes in
      // A dimension, and then numbers in half precision: infinite ones and NaN among them.
      guard let first = bytes.first else { return }
      let dimension = Int(first) % 96 + 1
      let rows = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
      let count = min(rows.count / (2 * dimension), 512)
      guard count > 1, let layout = SegmentLayout(count: count - 1, dimension: dimension) else {
        return
      }
      func row(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
          rebasing: rows[index * 2 * dimension..<(index + 1) * 2 * dimension])
      }
      let query = (0..<dimension).map {
        Float(row(0).loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self))
      }
      var builder = SegmentBuilder(
        layout: layout, center: [Float](repeating: 0, count: dimension),
        block: try .anonymous(size: layout.size))
      for index in 1..<count {
        expect(builder.append(id: Int64(index), halves: row(index)), "a row was refused")
      }
      guard let segment = builder.finish() else { return }
      try scan(segment, query: query)
    },
    FuzzTarget("retrieval") { bytes in
      // What clip-retrieval and Chinese-CLIP write, taken into a library of its own.
      let names = [
        "img_emb/img_emb_0.npy", "text_emb/text_emb_0.npy", "metadata/metadata_0.jsonl",
        "some_imgs.img_feat.jsonl",
      ]
      let folder = try Parts(bytes).write(names, to: "retrieval")
      let place = ScratchFolder.path("library").path
      try? FileManager.default.removeItem(atPath: place)
      try waiting {
        let library = try await PictureLibrary.open(
          at: place, model: ColorModel(), creating: true)
        // Either file may be broken: the other one is read all the same.
        _ = try? await ClipRetrievalFolder(library).importPictures(from: folder.path)
        _ = try await ChineseCLIPFeatures(library).importPictures(
          folder.path + "/some_imgs.img_feat.jsonl")
      }
    },
  ]

  /// Searches; where all numbers are finite, as a library's are, the answer is the exact one.
  private static func scan(_ segment: VectorSegment, query: [Float]) throws {
    let dimension = segment.layout.dimension
    let snapshot = VectorSnapshot(dimension: dimension, parts: [.init(segment: segment)])
    let found = try VectorScan.best(5, for: query, in: snapshot, selections: [.all])
    expect(found.count <= min(5, segment.count))
    let scores = try (0..<segment.count).map { try segment.score(query, slot: $0) }
    guard UnitVector.of(query) != nil, scores.allSatisfy(\.isFinite) else { return }
    let isUnit = try (0..<segment.count).allSatisfy {
      let length = try segment.vector(slot: $0).reduce(0) { $0 + $1 * $1 }
      return length > 0.99 && length < 1.01
    }
    let queryLength = query.reduce(0) { $0 + $1 * $1 }
    guard isUnit, queryLength > 0.99, queryLength < 1.01 else { return }
    let best = scores.sorted(by: >).prefix(5)
    expect(found.map(\.score) == Array(best), "the scan found others than the best")
  }
}
