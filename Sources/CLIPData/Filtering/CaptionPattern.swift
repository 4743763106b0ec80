import Foundation

/// A kind of caption to leave out, as a regular expression.
public struct CaptionPattern: Sendable, Equatable, Codable {
  /// A short name, for reports.
  public let name: String
  /// The expression, in ICU's syntax; case does not matter.
  public let expression: String

  /// Makes a pattern.
  ///
  /// - Throws: ``DataError/invalidSetting(_:)`` if the expression is wrong.
  public init(name: String, expression: String) throws(DataError) {
    guard (try? NSRegularExpression(pattern: expression)) != nil else {
      throw DataError.invalidSetting("\"\(expression)\" is not a regular expression.")
    }
    self.init(checked: expression, name: name)
  }

  private init(checked expression: String, name: String) {
    self.name = name
    self.expression = expression
  }

  /// Names of files and addresses of pages instead of words.
  public static let fileName = CaptionPattern(
    checked:
      #"\.(jpe?g|png|gif|webp|bmp|tiff?|html?|php)\b|^(img|dsc|dscn|pic|image|photo|mmexport)[_ -]?\d+$|^[0-9a-f_-]{16,}$|^\d+$|https?://|www\."#,
    name: "file_name")

  /// Offers, contacts and calls to buy.
  public static let advertisement = CaptionPattern(
    checked:
      #"(加|添加)?(微信|v信|威信|vx|wechat|qq群?)(号|:|：|\d)|(电话|热线|手机|联系方式|客服)(:|：|\d)|1[3-9]\d{9}|包邮|免费领取|点击(购买|领取|查看|下载)|扫码|优惠券|代购|批发价|厂家直销|\d+折(?!叠)"#,
    name: "advertisement")

  /// Whether a text holds a match.
  public func matches(_ text: String) -> Bool {
    text.range(of: expression, options: [.regularExpression, .caseInsensitive]) != nil
  }
}
