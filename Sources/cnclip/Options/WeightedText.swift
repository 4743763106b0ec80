/// `TEXT` or `TEXT:WEIGHT`.
///
/// A weight is a number up to 10. Behind a digit it needs a decimal point: `10:30` is a time and
/// `16:9` a ratio, but `iPhone 15:2.0` has the weight 2.
struct WeightedText {
  var text: String
  var weight: Float

  static let largest: Float = 10

  init(text: String, weight: Float) {
    self.text = text
    self.weight = weight
  }

  /// - Parameters:
  ///   - argument: What was written.
  ///   - usual: The weight if none is written.
  init(_ argument: String, usual: Float) {
    guard let (text, digits) = Self.split(argument), let weight = Float(digits),
      weight > 0, weight <= Self.largest,
      digits.contains(".") || text.last?.isWholeNumber == false
    else {
      self.init(text: argument, weight: usual)
      return
    }
    self.init(text: String(text), weight: weight)
  }

  /// Whether an argument ends like a weight and is none, without looking like a time or a ratio.
  static func mayBeMisread(_ argument: String) -> Bool {
    guard let (text, digits) = split(argument), text.last?.isWholeNumber == false,
      let weight = Float(digits)
    else { return false }
    return weight <= 0 || weight > largest
  }

  /// Text and number around the last colon.
  private static func split(_ argument: String) -> (text: Substring, digits: Substring)? {
    guard let colon = argument.lastIndex(where: { $0 == ":" || $0 == ":" }),
      colon > argument.startIndex
    else { return nil }
    let digits = argument[argument.index(after: colon)...]
    let isNumber = digits.allSatisfy { "0123456789.".contains($0) }
    return isNumber && !digits.isEmpty ? (argument[..<colon], digits) : nil
  }
}
