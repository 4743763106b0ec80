import CLIPImages
import CLIPModels
import Foundation
import TestSupport
import Testing

@Suite("What happens to pictures before the network")
struct PreprocessingTests {
  private static func read(
    _ json: String, file: String = "preprocessor_config.json", size: Int = 224
  ) throws -> Preprocessing {
    let folder = try TemporaryFolder()
    try folder.write(json, to: file)
    return try Preprocessing(huggingFaceFolder: folder.url, imageSize: size)
  }

  private static func fit(_ json: String, size: Int = 224) throws -> PictureFit {
    try read(json, size: size).fit
  }

  @Test("Chinese-CLIP's published file squashes, and so does a folder that says nothing")
  func chineseCLIP() throws {
    let published = try Self.read(
      #"""
      {"crop_size": {"height": 224, "width": 224}, "do_center_crop": false, "do_convert_rgb": true,
       "do_normalize": true, "do_resize": true, "do_rescale": true, "resample": 3,
       "rescale_factor": 0.00392156862745098, "size": {"height": 224, "width": 224},
       "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_std": [0.26862954, 0.26130258, 0.27577711],
       "image_processor_type": "ChineseCLIPImageProcessor"}
      """#)
    var expected = Preprocessing.clip
    expected.conversionOrder = .convertFirst
    #expect(published == expected)
    #expect(try Self.read("{}") == expected)
    let empty = try TemporaryFolder()
    #expect(try Preprocessing(huggingFaceFolder: empty.url, imageSize: 224) == expected)
  }

  @Test("the files of CLIP, old and new, crop in the middle")
  func clip() throws {
    let crop = PictureFit.centerCrop(shorterSide: 224, rounding: .down)
    #expect(
      try Self.fit(#"{"size": 224, "crop_size": 224, "do_center_crop": true, "resample": 3}"#)
        == crop)
    #expect(
      try Self.fit(
        #"{"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}"#) == crop)
    #expect(
      try Self.fit(#"{"size": {"shortest_edge": 256}, "do_center_crop": true}"#)
        == .centerCrop(shorterSide: 256, rounding: .down))
    let bilinear = try Self.read(
      #"{"size": {"height": 32, "width": 32}, "resample": 2, "image_mean": [0.5, 0.5, 0.5]}"#,
      size: 32)
    #expect(bilinear.filter == .bilinear)
    #expect(bilinear.fit == .squash)
    #expect(bilinear.mean == [0.5, 0.5, 0.5])
  }

  @Test(
    "what is not done here is refused, and says what",
    arguments: [
      (#"{"do_normalize": false}"#, "normalised"), (#"{"do_pad": true}"#, "without padding"),
      (#"{"do_resize": false}"#, "resized"), (#"{"rescale_factor": 0.5}"#, "divided by 255"),
      (#"{"resample": 5}"#, "resampling 5"), (#"{"size": 336}"#, "size is 336, but"),
      (#"{"size": {"longest_edge": 224}}"#, "size must be a square"),
      (#"{"size": {"shortest_edge": 224}, "do_center_crop": false}"#, "size must be a square"),
      (#"{"size": {"shortest_edge": 200}}"#, "too small"),
      (#"{"size": 256, "crop_size": 192, "do_center_crop": true}"#, "crop_size is 192"),
      (#"{"image_mean": "grey"}"#, "cannot be read"),
    ])
  func refusals(json: String, words: String) {
    #expect {
      try Self.read(json)
    } throws: {
      "\($0)".contains("preprocessor_config.json: ") && "\($0)".contains(words)
    }
  }

  @Test("OpenCLIP's file is read where transformers' is not there")
  func openCLIP() throws {
    let published = try Self.read(
      #"""
      {"model_cfg": {"embed_dim": 512},
       "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic", "resize_mode": "squash", "size": [224, 224], "mode": "RGB"}}
      """#, file: "open_clip_config.json")
    #expect(published.fit == .squash)
    #expect(published.standardDeviation == [0.5, 0.5, 0.5])
    let plain = try Self.read(#"{"preprocess_cfg": {}}"#, file: "open_clip_config.json")
    #expect(plain == .openAI(size: 224))
    #expect {
      try Self.read(
        #"{"preprocess_cfg": {"resize_mode": "longest"}}"#, file: "open_clip_config.json")
    } throws: {
      "\($0)".contains("resize_mode must be shortest or squash")
    }
  }

  @Test(
    "fit and filter are keys of the model's configuration, absent where they are Chinese-CLIP's")
  func configuration() throws {
    var model = try Presets.configuration(named: "ViT-B-16")
    let plain = String(decoding: try model.json(), as: UTF8.self)
    #expect(!plain.contains("\"fit\"") && !plain.contains("\"filter\""))
    for fit in [
      PictureFit.centerCrop(shorterSide: 256, rounding: .down), .padToSquare(brightness: 128),
    ] {
      model.preprocessing.fit = fit
      model.preprocessing.filter = .bilinear
      model.preprocessing.conversionOrder = .convertFirst
      let json = try model.json()
      #expect(try ModelConfiguration(json: json, file: "x") == model)
      #expect(model.preprocessor().fit == fit)
    }
    let written = String(decoding: try model.json(), as: UTF8.self)
    #expect(written.contains("\"pad_to_square\""), "\(written)")
    func refusal(_ change: (inout ModelConfiguration) -> Void) throws -> String {
      var changed = model
      change(&changed)
      let json = try changed.json()
      do { _ = try ModelConfiguration(json: json, file: "x") } catch { return "\(error)" }
      return ""
    }
    #expect(
      try refusal { $0.preprocessing.conversionOrder = .resizeFirst }.contains("convert_first"))
    #expect(
      try refusal { $0.preprocessing.fit = .centerCrop(shorterSide: 100, rounding: .down) }
        .contains("shorter_side must be in 224…65536, not 100"))
  }
}
