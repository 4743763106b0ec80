import ArgumentParser

/// Texts that begin with a minus, as `-5度的雪`, and so were read as options.
enum LeadingMinus {
  /// What to write instead; `nil` if no argument looks like such a text.
  static func advice(for arguments: [String]) -> ValidationError? {
    let beforeTerminator = arguments.prefix { $0 != "--" }
    guard let text = beforeTerminator.first(where: isText) else { return nil }
    return ValidationError(
      "'\(text)' begins with a minus, as options do. Write -- before it, behind all options: "
        + "-- '\(text)'; or give it to its option with an equals sign: --plus='\(text)'.")
  }

  // Whether an argument cannot be meant as an option: those are Latin letters and hyphens. Numbers
  // are values of options.
  private static func isText(_ argument: String) -> Bool {
    guard argument.hasPrefix("-"), argument != "-", argument != "--", Double(argument) == nil else {
      return false
    }
    let name = argument.drop { $0 == "-" }.prefix { $0 != "=" }
    guard let first = name.first, first.isASCII, first.isLetter else { return true }
    // -k50 is the option -k with its value.
    let isShort = !argument.hasPrefix("--")
    return isShort
      ? !name.dropFirst().allSatisfy { $0.isASCII && !$0.isWhitespace }
      : !name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }
}
