import Foundation

/// The small files that transformers wants beside weights and configuration.
enum HuggingFaceCompanions {
  /// `preprocessor_config.json`: squash to a square with bicubic interpolation, then normalise, as
  /// Chinese-CLIP does; the library's own default would crop instead.
  static func preprocessor(imageSize: Int, _ preprocessing: Preprocessing) -> Data {
    let size = #"{"height": \#(imageSize), "width": \#(imageSize)}"#
    return Data(
      """
      {
        "crop_size": \(size),
        "do_center_crop": false,
        "do_convert_rgb": true,
        "do_normalize": true,
        "do_rescale": true,
        "do_resize": true,
        "image_mean": \(preprocessing.mean),
        "image_processor_type": "ChineseCLIPImageProcessor",
        "image_std": \(preprocessing.standardDeviation),
        "processor_class": "ChineseCLIPProcessor",
        "resample": 3,
        "rescale_factor": 0.00392156862745098,
        "size": \(size)
      }

      """.utf8)
  }

  /// `tokenizer_config.json` of a lower-casing BERT tokenizer.
  static func tokenizer(positions: Int) -> Data {
    Data(
      """
      {
        "cls_token": "[CLS]",
        "do_lower_case": true,
        "mask_token": "[MASK]",
        "model_max_length": \(positions),
        "pad_token": "[PAD]",
        "processor_class": "ChineseCLIPProcessor",
        "sep_token": "[SEP]",
        "strip_accents": null,
        "tokenize_chinese_chars": true,
        "tokenizer_class": "BertTokenizer",
        "unk_token": "[UNK]"
      }

      """.utf8)
  }
}
