import CLIPImages
import Foundation

/// The small files that transformers wants beside weights and configuration.
enum HuggingFaceCompanions {
  /// `preprocessor_config.json`: resize, crop if the model does, normalise; the library's own default
  /// would crop always.
  ///
  /// A fit or filter that transformers does not have is told by who compares the folder with the
  /// model.
  static func preprocessor(imageSize: Int, _ preprocessing: Preprocessing) -> Data {
    let square = #"{"height": \#(imageSize), "width": \#(imageSize)}"#
    var (size, crops) = (square, false)
    if case .centerCrop(let side, _) = preprocessing.fit {
      (size, crops) = (#"{"shortest_edge": \#(side)}"#, true)
    }
    return Data(
      """
      {
        "crop_size": \(square),
        "do_center_crop": \(crops),
        "do_convert_rgb": true,
        "do_normalize": true,
        "do_rescale": true,
        "do_resize": true,
        "image_mean": \(preprocessing.mean),
        "image_processor_type": "ChineseCLIPImageProcessor",
        "image_std": \(preprocessing.standardDeviation),
        "processor_class": "ChineseCLIPProcessor",
        "resample": \(HuggingFacePreprocessor.number(of: preprocessing.filter) ?? 3),
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
