import CLIPData
import CLIPImages
import Foundation
import TestSupport
import Testing

struct PairFilterTests {
  @Test(
    "each rule for captions drops exactly its bad row and says why",
    arguments: [
      ("一只可爱的小猫", nil), ("短的字", "caption_too_short"),
      (String(repeating: "很", count: 51), "caption_too_long"), ("这里有赌博的广告", "black_listed"),
      ("IMG_20210304", "pattern_file_name"), ("photo1234567.jpg 照片", "pattern_file_name"),
      ("见 https://a.cn/b", "pattern_file_name"), ("加微信：abc123 领取", "pattern_advertisement"),
      ("联系电话：010-123456", "pattern_advertisement"), ("厂家直销优质桌子", "pattern_advertisement"),
      ("微信公众号界面截图", nil), ("黑色3折叠雨伞", nil), ("a very nice picture of 猫", "not_chinese"),
      ("iPhone 13 手机正面照片", nil),
    ] as [(String, String?)])
  func captions(text: String, reason: String?) {
    var filter = PairFilter.paper
    filter.blackList = ["赌博"]
    filter.minimumChineseShare = 0.3
    #expect(filter.reason(toDrop: text)?.name == reason)
  }

  @Test("rules for pictures look at the shorter side and at the shape")
  func pictures() {
    let filter = PairFilter.paper
    #expect(filter.reason(toDropWidth: 200, height: 600) == nil)
    #expect(filter.reason(toDropWidth: 199, height: 300) == .pictureTooSmall)
    #expect(filter.reason(toDropWidth: 601, height: 200) == .aspectRatio)
    #expect(PairFilter().reason(toDropWidth: 1, height: 5000) == nil)
  }

  @Test("expressions are checked when they are given")
  func patterns() throws {
    #expect(throws: DataError.self) { try CaptionPattern(name: "x", expression: "(") }
    #expect(try CaptionPattern(name: "x", expression: "^促销").matches("促销商品"))
  }

  @Test(
    "frequent captions, busy pictures, broken pictures and low scores are left out, the rest stays")
  func apply() throws {
    let folder = try TemporaryFolder()
    func picture(_ value: Int) throws -> String {
      let pixels = (0..<20 * 20 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / value + $0 * 13) }
      return try PictureWriter.png(RGBImage(width: 20, height: 20, pixels: pixels))
        .base64EncodedString()
    }
    let images = try (1...6).map { "\($0)\t\(try picture($0 * 31))" } + ["7\tQUJDRA=="]
    try folder.write(images.joined(separator: "\n"), to: "a_imgs.tsv")
    try folder.write(
      [
        #"{"text_id": 1, "text": "相同的标题", "image_ids": [1, 2]}"#,
        #"{"text_id": 2, "text": "相同的标题", "image_ids": [3]}"#,
        #"{"text_id": 3, "text": "好的标题", "image_ids": [1, 7]}"#,
        #"{"text_id": 4, "text": "低分的标题", "image_ids": [2, 4]}"#,
        #"{"text_id": 5, "text": "坏的图片", "image_ids": [7]}"#,
        #"{"text_id": 6, "text": "甲", "image_ids": [5]}"#,
        #"{"text_id": 7, "text": "乙", "image_ids": [5]}"#,
        #"{"text_id": 8, "text": "丙", "image_ids": [5]}"#,
      ].joined(separator: "\n"), to: "a_texts.jsonl")
    let dataset = try TSVDataset(directory: folder.url, split: "a")
    var filter = PairFilter()
    filter.maximumPicturesPerCaption = 2
    filter.maximumCaptionsPerPicture = 2
    filter.minimumSide = 10
    filter.minimumScore = 0.5
    let result = try filter.apply(to: dataset) { pairs in
      pairs.map { $0.textID == 4 && $0.imageID == 4 ? 0.1 : 0.9 }
    }
    #expect(
      result.dataset.captions() == [
        Caption(textID: 3, text: "好的标题", imageIDs: [1]),
        Caption(textID: 4, text: "低分的标题", imageIDs: [2]),
      ])
    #expect(result.dataset.imageIDs() == [1, 2, 6])
    #expect(
      result.counts == [
        "caption_of_too_many_pictures": 2, "undecodable": 1, "low_score": 1,
        "picture_with_too_many_captions": 1, "unpaired": 6,
      ])
    #expect(result.dataset.pairCount == 2)
    #expect(try result.dataset.pair(at: 1).imageID == 2)
  }

  @Test("a picture and its scaled, recompressed copy are near duplicates, others are not")
  func nearDuplicates() throws {
    func scene(_ seed: Int) throws -> RGBImage {
      var pixels: [UInt8] = []
      for y in 0..<96 {
        for x in 0..<128 {
          // Blocks of unlike shades: the fingerprint compares neighbours.
          let shade = (x / 16 * 73 + y / 16 * 151 + (x / 16) * (y / 16) * 31 + seed * 97) % 256
          pixels += [UInt8(shade), UInt8(shade / 2 + 60), UInt8(255 - shade)]
        }
      }
      return try RGBImage(width: 128, height: 96, pixels: pixels)
    }
    let scenes = try (0..<5).map { try scene($0) }
    let copy = try ImagePreprocessor(size: 64)(PictureWriter.jpeg(scenes[2], quality: 60))
    let fingerprints = (scenes + [copy]).map { PictureFingerprint($0) }
    #expect(EqualPictures.firstEqual(fingerprints) == [nil, nil, nil, nil, nil, 2])
    #expect(
      EqualPictures.firstEqual([nil, fingerprints[0], nil, fingerprints[0]]) == [nil, nil, nil, 1])
  }
}
