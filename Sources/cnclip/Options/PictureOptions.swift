import ArgumentParser
import CLIPImages

/// The options that say how pictures are read.
struct PictureOptions: ParsableArguments {
  /// What to do with the orientation that a camera wrote into a picture.
  enum Orientation: String, ExpressibleByArgument, CaseIterable {
    case apply
    case ignore
  }

  @Option(
    help: """
      apply: turn pictures as their cameras say; ignore: take the pixels as they are stored, \
      which is what the original does.
      """)
  var exif = Orientation.apply

  /// How much of a large JPEG file is decoded.
  enum JPEGDecoding: String, ExpressibleByArgument, CaseIterable {
    case full
    case reduced
  }

  @Option(
    help: """
      full: every pixel, bit for bit what the original sees; reduced: JPEG files at 1/2, 1/4 or \
      1/8 of their size where that leaves twice what the model needs, which is faster and turns \
      embeddings a little.
      """)
  var jpeg = JPEGDecoding.full

  @Option(
    help: ArgumentHelp(
      "The largest picture that is read, in pixels.", valueName: "count"))
  var maximumPixels: Int?

  /// A decoder with these choices.
  var decoder: ImageDecoder {
    ImageDecoder(
      maximumPixels: maximumPixels ?? ImageDecoder.defaultMaximumPixels,
      orientation: exif == .apply ? .apply : .ignore,
      reduction: jpeg == .full ? .none : .toModelSize)
  }
}
