import CLIPData
import CLIPModels
import Foundation
import Torch

/// Rows that test sets have too: pictures of equal files, pictures that nearly equal one of theirs and, if
/// asked, pictures whose vectors are near to one of theirs, and equal texts.
///
/// Holds 300 bytes a test picture, and its vector.
struct Contamination: WholeSetStep {
  let rule: CleaningStep.ContaminationRule
  let paths: [String]
  var needs: PictureMeasures.Needs { [.content, .fingerprint] }
  var needsPictureVectors: Bool { rule.cosine != nil }

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let test = try TestPictures(paths, includesTexts: rule.texts ?? false)
    let near = try neighbours(of: test, view)
    let pictures = view.pictures
    let reasons = try view.gather { row -> String? in
      if let name = test.texts[CaptionKey.key(of: row.text)] { return "its text is in \(name)" }
      guard let reference = row.row.picture else { return nil }
      let part = try pictures.part(reference.part)
      if let name = test.contents[part.contentKey(reference.index)] {
        return "the same file as \(name)"
      }
      if let fingerprint = part.fingerprint(reference.index),
        let name = test.name(nearlyEqualTo: fingerprint)
      {
        return "nearly equals \(name)"
      }
      return near[pictures.number(reference)]
    }
    var drops: [WholeSetDrop] = []
    view.forEach(reasons) { place, reason in
      if let reason { drops.append(WholeSetDrop(place: place, reason: reason)) }
    }
    return drops
  }

  /// Pictures whose vectors are near to a test picture's, and to which.
  private func neighbours(of test: TestPictures, _ view: RowsView) throws -> [Int: String] {
    guard let cosine = rule.cosine else { return [:] }
    let clip = try view.vectors.clip()
    var values: [Float] = []
    var names: [String] = []
    var failure: CleaningError?
    try clip.embed(pictures: test.inputs) { index, result in
      let name = test.inputs[index].name
      switch result {
      case .success(let vector):
        values += Array(vector)
        names.append(name)
      case .failure(let error):
        // What is not known cannot be kept out.
        failure = .invalid("\(name) cannot be compared with: \(error).")
      }
    }
    if let failure { throw failure }
    guard !names.isEmpty else { return [:] }
    var near: [Int: String] = [:]
    let numbers = try view.embeddedPictures()
    try withInferenceMode {
      let known = try Tensor(values, shape: [names.count, clip.embeddingDimension])
        .transposed(0, 1)
      for start in stride(from: 0, to: numbers.count, by: 1024) {
        let block = numbers[start..<min(start + 1024, numbers.count)]
        let vectors = try view.pictureVectors(block)
        let products = try Tensor(vectors.values, shape: [vectors.count, vectors.dimension])
          .matmul(known)
        let best = try products.argmax(axis: 1).scalars(Int64.self)
        let scores = try products.max(axis: 1).scalars(Float.self)
        for (place, number) in block.enumerated() where Double(scores[place]) >= cosine {
          near[number] = "cosine \(Double(scores[place]).short) to \(names[Int(best[place])])"
        }
        view.progress(min(start + 1024, numbers.count), numbers.count)
      }
    }
    return near
  }
}
