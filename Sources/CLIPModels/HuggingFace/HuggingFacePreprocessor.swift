import CLIPImages
package import Foundation

/// `preprocessor_config.json` of a Hugging Face folder, as far as it says what happens to pixels.
///
/// `CLIPImageProcessor` and its relatives: convert, resize, crop, divide by 255, normalise.
struct HuggingFacePreprocessor: Decodable {
  /// A size as a number, `{"height": …, "width": …}` or `{"shortest_edge": …}`.
  enum Size: Decodable {
    /// One number: the shorter side where pictures are cropped, both sides where not.
    case number(Int)
    case square(Int)
    case shortestEdge(Int)
    case other

    private struct Sides: Decodable {
      let height, width, shortestEdge: Int?
      enum CodingKeys: String, CodingKey {
        case height, width
        case shortestEdge = "shortest_edge"
      }
    }

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Int.self) {
        self = .number(number)
        return
      }
      let sides = try Sides(from: decoder)
      switch (sides.height, sides.width, sides.shortestEdge) {
      case (let height?, let width?, nil) where height == width: self = .square(height)
      case (nil, nil, let edge?): self = .shortestEdge(edge)
      default: self = .other
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case mean = "image_mean"
    case standardDeviation = "image_std"
    case normalizes = "do_normalize"
    case rescales = "do_rescale"
    case factor = "rescale_factor"
    case resizes = "do_resize"
    case crops = "do_center_crop"
    case pads = "do_pad"
    case cropSize = "crop_size"
    case size
    case resampling = "resample"
  }

  let mean: [Double]?
  let standardDeviation: [Double]?
  let normalizes: Bool?
  let rescales: Bool?
  let factor: Double?
  let resizes: Bool?
  let crops: Bool?
  let pads: Bool?
  let cropSize: Size?
  let size: Size?
  let resampling: Int?

  /// Pillow's numbers.
  private static let filters: [(number: Int, filter: ResamplingFilter)] = [
    (0, .nearest), (1, .lanczos), (2, .bilinear), (3, .bicubic), (4, .box),
  ]

  /// The number of a filter.
  static func number(of filter: ResamplingFilter) -> Int? {
    filters.first { $0.filter == filter }?.number
  }

  /// What an encoder of a size does with pictures.
  ///
  /// - Throws: a sentence about what is not done here.
  func preprocessing(imageSize: Int) throws(Problem) -> Preprocessing {
    guard normalizes != false, rescales != false, resizes != false, pads != true,
      abs((factor ?? 1 / 255) * 255 - 1) < 1e-6
    else {
      throw Problem(
        "pictures are resized, divided by 255 and normalised here, without padding; the file says "
          + "otherwise")
    }
    guard let filter = Self.filters.first(where: { $0.number == resampling ?? 3 })?.filter else {
      throw Problem("the resampling \(resampling ?? 3) is not known here; 0 to 4 are")
    }
    var result = Preprocessing.clip
    result.conversionOrder = .convertFirst
    result.filter = filter
    result.fit = try fit(imageSize: imageSize)
    result.mean = mean ?? result.mean
    result.standardDeviation = standardDeviation ?? result.standardDeviation
    return result
  }

  private func fit(imageSize: Int) throws(Problem) -> PictureFit {
    func require(_ found: Int, _ name: String) throws(Problem) {
      guard found == imageSize else {
        throw Problem("\(name) is \(found), but the image encoder takes \(imageSize) pixels")
      }
    }
    // Without the word, transformers crops; of what was squashed that takes nothing away.
    var crops = crops ?? false
    if case .shortestEdge = size, self.crops == nil { crops = true }
    guard crops else {
      switch size {
      case .number(let side), .square(let side): try require(side, "size")
      case .shortestEdge, .other:
        throw Problem("without do_center_crop, size must be a square")
      case nil: break
      }
      return .squash
    }
    switch cropSize {
    case .number(let side), .square(let side): try require(side, "crop_size")
    case .shortestEdge, .other: throw Problem("crop_size must be a square")
    case nil: break
    }
    switch size {
    case .number(let side), .shortestEdge(let side):
      guard side >= imageSize else {
        throw Problem("size is \(side), too small to crop \(imageSize) pixels from")
      }
      return .centerCrop(shorterSide: side, rounding: .down)
    case .square(let side):
      try require(side, "size")
      return .squash
    case nil: return .squash
    case .other: throw Problem("size must be a square or a shortest_edge")
    }
  }

  /// A sentence about a setting.
  struct Problem: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }
}

/// `preprocess_cfg` of OpenCLIP's `open_clip_config.json`.
struct OpenCLIPPreprocessor: Decodable {
  struct File: Decodable {
    let preprocessing: OpenCLIPPreprocessor?
    enum CodingKeys: String, CodingKey { case preprocessing = "preprocess_cfg" }
  }

  /// One number, or height and width.
  struct Size: Decodable {
    let sides: [Int]
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      sides = try (try? [container.decode(Int.self)]) ?? container.decode([Int].self)
    }
  }

  enum CodingKeys: String, CodingKey {
    case mean
    case standardDeviation = "std"
    case size, mode, interpolation
    case resizeMode = "resize_mode"
  }

  let mean: [Double]?
  let standardDeviation: [Double]?
  let size: Size?
  let mode: String?
  let interpolation: String?
  let resizeMode: String?

  /// What an encoder of a size does with pictures.
  ///
  /// - Throws: a sentence about what is not done here.
  func preprocessing(
    imageSize: Int
  ) throws(HuggingFacePreprocessor.Problem) -> Preprocessing {
    typealias Problem = HuggingFacePreprocessor.Problem
    var result = Preprocessing.openAI(size: imageSize)
    if let sides = size?.sides, !sides.allSatisfy({ $0 == imageSize }) {
      throw Problem("size is \(sides), but the image encoder takes \(imageSize) pixels")
    }
    guard mode ?? "RGB" == "RGB" else { throw Problem("the mode \(mode ?? "") is not read here") }
    switch interpolation ?? "bicubic" {
    case "bicubic": result.filter = .bicubic
    case "bilinear": result.filter = .bilinear
    default: throw Problem("the interpolation must be bicubic or bilinear")
    }
    switch resizeMode ?? "shortest" {
    case "shortest": break
    case "squash": result.fit = .squash
    default: throw Problem("the resize_mode must be shortest or squash")
    }
    result.mean = mean ?? result.mean
    result.standardDeviation = standardDeviation ?? result.standardDeviation
    return result
  }
}

extension Preprocessing {
  /// What a Hugging Face folder says happens to pictures, in transformers' file or OpenCLIP's; CLIP's
  /// constants and squashing where it says nothing.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)`` for what is not done here.
  package init(huggingFaceFolder url: URL, imageSize: Int) throws {
    func read<File: Decodable>(
      _ name: String, _ type: File.Type, _ settings: (File) throws -> Preprocessing?
    ) throws -> Preprocessing? {
      let file = url.appending(path: name)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      let data = try ConfigurationFile.read(file)
      do { return try settings(JSONDecoder().decode(type, from: data)) } catch {
        let problem = (error as? HuggingFacePreprocessor.Problem)?.sentence
        throw ModelError.configuration(
          file: file.path, problem: problem ?? "its settings cannot be read")
      }
    }
    var none = Preprocessing.clip
    none.conversionOrder = .convertFirst
    self =
      try read("preprocessor_config.json", HuggingFacePreprocessor.self) {
        try $0.preprocessing(imageSize: imageSize)
      }
      ?? read("open_clip_config.json", OpenCLIPPreprocessor.File.self) {
        try $0.preprocessing?.preprocessing(imageSize: imageSize)
      } ?? none
  }
}
