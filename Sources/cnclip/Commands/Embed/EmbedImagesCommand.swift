import ArgumentParser
import CLIPData
import CLIPModels
import Foundation

/// `cnclip embed images`.
struct EmbedImagesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Turn pictures into vectors.",
    discussion: """
      Writes one line of JSON for each picture, {"image": path, "feature": [...]}, in the order \
      given; folders are walked in sorted order. With --tsv it reads Chinese-CLIP's files of \
      'id<TAB>base64' and writes {"image_id": id, "feature": [...]}. A file name ending in .npy \
      gives a float32 matrix instead.

      Examples:
        cnclip embed images photos/ --output features.jsonl
        cnclip embed images --tsv valid_imgs.tsv --model ViT-B-16 --checkpoint clip.pt \\
          --output valid_imgs.img_feat.jsonl
      """)

  @Argument(help: "Pictures, or folders of pictures.")
  var images: [String] = []

  @Option(help: "A file of Chinese-CLIP's form, 'id<TAB>base64' a line.")
  var tsv: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions
  @OptionGroup var features: FeatureOptions
  @OptionGroup var profile: ProfileOptions

  func validate() throws {
    guard images.isEmpty != (tsv == nil) else {
      throw ValidationError("Name pictures or folders, or --tsv FILE, and not both.")
    }
  }

  func run() async throws {
    try profile.recording { try embed() }
  }

  private func embed() throws {
    let listing = try tsv == nil ? PicturePaths(images) : nil
    let inputs = try readInputs(listing)
    let clip = try model.load(
      decoder: pictures.decoder, batchSize: features.batchSize ?? CLIP.defaultBatchSize)
    let progress = Progress(
      "embedding", total: inputs.count, unit: "pictures", quiet: features.quiet)
    var report = SkippedPictures(listing?.failures ?? [])
    if features.tokens, let path = features.output {
      let output = try TokenWriter(path: path, of: clip)
      try clip.comparable(
        pictures: inputs.map(\.picture), warn: { report.warn(inputs[$0].picture.name, $1) },
        handle: { index, outcome in
          switch outcome {
          case .success(let features): try output.add(inputs[index].key, features)
          case .failure(let error): report.add(inputs[index].picture.name, error)
          }
          progress.advance()
        })
      progress.finish()
      try output.finish()
      return try report.finish()
    }
    let output = try FeatureWriter(
      path: features.output, dimension: clip.embeddingDimension)
    try clip.embed(
      pictures: inputs.map(\.picture), normalized: !features.noNormalize,
      warn: { report.warn(inputs[$0].picture.name, $1) },
      handle: { index, outcome in
        switch outcome {
        case .success(let embedding):
          try output.add(inputs[index].key, embedding)
        case .failure(let error): report.add(inputs[index].picture.name, error)
        }
        progress.advance()
      })
    progress.finish()
    try output.finish()
    try report.finish()
  }

  private struct Input {
    let key: FeatureKey
    let picture: PictureInput
  }

  private func readInputs(_ listing: PicturePaths?) throws -> [Input] {
    guard let tsv else {
      return (listing?.paths ?? []).map {
        Input(key: .image($0), picture: PictureInput(path: $0))
      }
    }
    let file = try TSVImageFile(URL(filePath: tsv))
    return file.ids.map { identifier in
      Input(
        key: .imageIdentifier(identifier),
        picture: PictureInput(name: "\(tsv): image \(identifier)") {
          try file.imageData(for: identifier)
        })
    }
  }
}
