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

  @Option(
    help: ArgumentHelp(
      "The largest picture that is read, in pixels.", valueName: "count"))
  var maximumPixels: Int?

  /// A decoder with these choices.
  var decoder: ImageDecoder {
    ImageDecoder(
      maximumPixels: maximumPixels ?? ImageDecoder.defaultMaximumPixels,
      orientation: exif == .apply ? .apply : .ignore)
  }
}
