import ArgumentParser
import CLIPImages
import CLIPModels

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

  /// The model with these choices.
  func apply(to clip: CLIP) -> CLIP {
    var decoder = clip.preprocessor.decoder
    decoder.orientation = exif == .apply ? .apply : .ignore
    if let maximumPixels { decoder.maximumPixels = maximumPixels }
    return clip.reading(with: decoder)
  }
}
