public import CLIPImages
public import Torch

/// How picture files become the network's input.
public struct Preprocessing: Codable, Hashable, Sendable {
  /// Of red, green and blue, for pixels in 0…1.
  public var mean: [Double]
  /// Of red, green and blue, for pixels in 0…1.
  public var standardDeviation: [Double]
  /// Whether pictures that are not RGB are resized before or after they are converted.
  public var conversionOrder: ConversionOrder
  /// How a picture of any shape becomes a square.
  public var fit: PictureFit
  /// How source pixels are weighted when pictures are resized.
  public var filter: ResamplingFilter

  /// Chinese-CLIP's: OpenAI's constants, in the original's order, squashed.
  public static let clip = Preprocessing(
    mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    standardDeviation: [0.268_629_54, 0.261_302_58, 0.275_777_11],
    conversionOrder: .resizeFirst)

  /// OpenAI's and OpenCLIP's: the same constants, converted first, cropped in the middle.
  public static func openAI(size: Int) -> Preprocessing {
    var own = clip
    own.conversionOrder = .convertFirst
    own.fit = .centerCrop(shorterSide: size, rounding: .toEven)
    return own
  }

  /// Names the parts.
  public init(
    mean: [Double], standardDeviation: [Double], conversionOrder: ConversionOrder,
    fit: PictureFit = .squash, filter: ResamplingFilter = .bicubic
  ) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.conversionOrder = conversionOrder
    self.fit = fit
    self.filter = filter
  }

  private enum CodingKeys: String, CodingKey {
    case mean, standardDeviation, conversionOrder, fit, filter
  }

  /// Reads the form of a model's configuration; without `fit` and `filter` it is Chinese-CLIP's.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode([Double].self, forKey: .mean)
    standardDeviation = try container.decode([Double].self, forKey: .standardDeviation)
    conversionOrder = try container.decode(ConversionOrder.self, forKey: .conversionOrder)
    fit = try container.decodeIfPresent(forKey: .fit) ?? .squash
    filter = try container.decodeIfPresent(forKey: .filter) ?? .bicubic
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(standardDeviation, forKey: .standardDeviation)
    try container.encode(conversionOrder, forKey: .conversionOrder)
    let every = encoder.writesEveryKey
    try container.encode(fit, forKey: .fit, if: every || fit != .squash)
    try container.encode(filter, forKey: .filter, if: every || filter != .bicubic)
  }

  /// Why an encoder of a size cannot have it; nil if it can.
  func problem(size: Int) -> String? {
    guard mean.count == 3, standardDeviation.count == 3,
      standardDeviation.allSatisfy({ $0 > 0 })
    else { return "preprocessing needs three means and three positive standard deviations" }
    switch fit {
    case .squash: return nil
    case .centerCrop(let side, _):
      return (size...65_536).contains(side)
        ? nil : "preprocessing.fit: shorter_side must be in \(size)…65536, not \(side)"
    case .padToSquare:
      return conversionOrder == .convertFirst
        ? nil : "preprocessing.fit: pad_to_square needs the conversion_order convert_first"
    }
  }

  /// Turns 8-bit pixels into the network's input, `(x / 255 - mean) / standardDeviation`.
  ///
  /// - Parameters:
  ///   - pixels: `[batch, height, width, 3]`, `uint8`.
  ///   - dtype: the type wanted.
  /// - Returns: `[batch, 3, height, width]`, a view whose channels are innermost in memory.
  /// - Throws: `TorchError` when there are not three channels.
  public func callAsFunction(_ pixels: Tensor, dtype: DType) throws(TorchError) -> Tensor {
    let (scale, shift) = try factors(device: pixels.device)
    let normalized = try pixels.to(.float32) * scale + shift
    return try normalized.to(dtype).permuted(0, 3, 1, 2)
  }

  /// What 8-bit pixels are multiplied by, and what is added then, for red, green and blue.
  package func factors(
    device: Device = .cpu
  ) throws(TorchError) -> (scale: Tensor, shift: Tensor) {
    let scale = try Tensor(standardDeviation.map { Float(1 / (255 * $0)) }, shape: [3])
    let shift = try Tensor(zip(mean, standardDeviation).map { Float(-$0 / $1) }, shape: [3])
    return (try scale.to(device: device), try shift.to(device: device))
  }
}

extension PictureFit: Codable {
  private struct Crop: Codable {
    var shorterSide: Int
    var rounding: CropRounding?
  }
  private struct Pad: Codable { var brightness: UInt8 }

  /// Reads `"squash"`, `{"center_crop": {"shorter_side": 224}}`, `"pad_to_square"` and the like.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a fit")
    switch choice.name {
    case "squash": self = .squash
    case "centerCrop", "center_crop":
      let crop = try choice.numbers(Crop.self)
      self = .centerCrop(shorterSide: crop.shorterSide, rounding: crop.rounding ?? .toEven)
    case "padToSquare", "pad_to_square":
      self = .padToSquare(brightness: try choice.numbersIfPresent(Pad.self)?.brightness ?? 0)
    default: throw choice.unknown(known: "squash", "center_crop", "pad_to_square")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .squash: try encoder.encodeChoice("squash")
    case .centerCrop(let side, let rounding):
      try encoder.encodeChoice("centerCrop", Crop(shorterSide: side, rounding: rounding))
    case .padToSquare(let brightness):
      try encoder.encodeChoice("padToSquare", Pad(brightness: brightness))
    }
  }
}

extension ModelConfiguration {
  /// Makes of picture files what the image encoder sees.
  ///
  /// - Parameters:
  ///   - decoder: limits, orientation and reduction.
  ///   - order: when pictures become RGB; nil: as the model has it.
  /// - Returns: squares of the encoder's size.
  public func preprocessor(
    decoder: ImageDecoder = ImageDecoder(), order: ConversionOrder? = nil
  ) -> ImagePreprocessor {
    ImagePreprocessor(
      size: image.imageSize, decoder: decoder, order: order ?? preprocessing.conversionOrder,
      fit: preprocessing.fit, filter: preprocessing.filter)
  }
}
