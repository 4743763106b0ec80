import CLIPImages
import Foundation
import Testing

/// What Scripts/fixtures/images.py wrote: pictures, and Pillow's pixels of them.
struct Fixtures: Decodable, Sendable {
  /// Offset and length in expected.bin.
  typealias Span = [Int]

  struct Picture: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let mode: String
    let width: Int
    let height: Int
    let rgb: Span
    let resized: Span
    let converted: Span
    var testDescription: String { name }
  }

  struct Resize: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let filter: ResamplingFilter
    let width: Int
    let height: Int
    let crop: [Int]
    let rgb: Span
    var testDescription: String { "\(name) \(filter.rawValue) to \(width) x \(height), \(crop)" }
  }

  struct Fit: Decodable, Sendable, CustomTestStringConvertible {
    struct Choice: Decodable, Sendable {
      struct Crop: Decodable, Sendable {
        let shorterSide: Int
        let rounding: PictureFit.CropRounding
      }
      struct Pad: Decodable, Sendable { let brightness: UInt8 }
      let centerCrop: Crop?
      let padToSquare: Pad?

      var fit: PictureFit {
        if let centerCrop {
          return .centerCrop(
            shorterSide: centerCrop.shorterSide, rounding: centerCrop.rounding)
        }
        return .padToSquare(brightness: padToSquare?.brightness ?? 0)
      }
    }

    let name: String
    let filter: ResamplingFilter
    let fit: Choice
    /// Resized in the file's mode, then converted.
    let native: Span?
    let converted: Span
    var testDescription: String { "\(name) \(filter.rawValue) \(fit.fit)" }
  }

  struct Operation: Decodable, Sendable, CustomTestStringConvertible {
    let source: String
    let width: Int
    let height: Int
    let pixels: Span
    let operation: String
    let value: Double
    let result: Span
    var testDescription: String { "\(operation) \(value) of \(source)" }
  }

  let side: Int
  let pictures: [Picture]
  let resizes: [Resize]
  let operations: [Operation]
  let fits: [Fit]
  /// Pixels of lab.tif.
  let lab: Span

  static let all: Fixtures = {
    do {
      return try JSONDecoder().decode(Fixtures.self, from: data("manifest.json"))
    } catch {
      fatalError("manifest.json: \(error)")
    }
  }()
  private static let expected = data("expected.bin")

  static func data(_ name: String) -> Data {
    let file = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
    do {
      return try Data(contentsOf: file)
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }

  static func expected(_ span: Span) -> [UInt8] {
    Array(expected[span[0]..<(span[0] + span[1])])
  }
}

/// How far two pictures are apart.
struct Difference: CustomStringConvertible {
  let largest: Int
  let mean: Double
  let position: Int

  init(_ left: [UInt8], _ right: [UInt8]) {
    let differences = zip(left, right).map { abs(Int($0) - Int($1)) }
    largest = left.count == right.count ? differences.max() ?? 0 : 256
    mean = Double(differences.reduce(0, +)) / Double(max(1, differences.count))
    position = differences.firstIndex(of: largest) ?? 0
  }

  var description: String { "largest \(largest) at sample \(position), mean \(mean)" }
}
