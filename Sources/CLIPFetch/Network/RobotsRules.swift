import Foundation

/// What a robots.txt allows (RFC 9309): of the rules for our name, or else for all, the longest that
/// fits decides, and allowing wins a tie.
package struct RobotsRules: Sendable, Equatable {
  private struct Rule: Equatable {
    let isAllowed: Bool
    let pattern: [UInt8]
  }

  private var rules: [Rule] = []

  /// Nothing is forbidden.
  package static let open = RobotsRules()
  /// Everything is.
  package static let closed = RobotsRules(isAllowed: false)

  /// Bytes of a file that are read, as the RFC asks at least.
  package static let maximumBytes = 512 << 10
  /// A rule with many stars costs time with every address.
  private static let maximumRules = 4_096

  private init() {}

  private init(isAllowed: Bool) { rules = [Rule(isAllowed: isAllowed, pattern: Array("/".utf8))] }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: as they came; what is no rule is passed over.
  ///   - name: of the robot, in lower case.
  package init(_ bytes: some Collection<UInt8>, name: String) {
    var own: [Rule] = []
    var general: [Rule] = []
    var (isOwn, isGeneral, isNaming, hasOwn) = (false, false, false, false)
    let text = String(decoding: bytes.prefix(Self.maximumBytes), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.prefix { $0 != "#" }
      guard let colon = content.firstIndex(of: ":") else { continue }
      let key = content[..<colon].trimmingCharacters(in: .whitespaces).lowercased()
      let value = content[content.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      switch key {
      case "user-agent":
        if !isNaming { (isOwn, isGeneral) = (false, false) }
        isNaming = true
        let agent = value.lowercased()
        if agent == "*" { isGeneral = true }
        // "cnclip/1.0" speaks to us as well.
        if agent.prefix(while: { $0.isLetter || $0 == "-" || $0 == "_" }) == name[...] {
          (isOwn, hasOwn) = (true, true)
        }
      case "allow", "disallow":
        isNaming = false
        guard !value.isEmpty else { continue }
        let rule = Rule(isAllowed: key == "allow", pattern: Array(value.utf8))
        if isOwn, own.count < Self.maximumRules { own.append(rule) }
        if isGeneral, general.count < Self.maximumRules { general.append(rule) }
      default: break
      }
    }
    rules = hasOwn ? own : general
  }

  /// Whether a path with its query may be asked for.
  package func allows(_ path: String) -> Bool {
    let path = Array(path.utf8)
    var best: Rule?
    for rule in rules where rule.pattern.count >= best?.pattern.count ?? 0 {
      let isBetter = rule.pattern.count > best?.pattern.count ?? -1 || rule.isAllowed
      if isBetter, Self.fits(rule.pattern, path) { best = rule }
    }
    return best?.isAllowed ?? true
  }

  /// Whether a pattern with `*` for anything, and `$` for the end, begins a path.
  private static func fits(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
    let isAnchored = pattern.last == UInt8(ascii: "$")
    let pattern = isAnchored ? pattern.dropLast() : pattern[...]
    var (place, position) = (pattern.startIndex, 0)
    var star: (place: Int, position: Int)?
    while true {
      if place == pattern.endIndex {
        if !isAnchored || position == path.count { return true }
      } else if pattern[place] == UInt8(ascii: "*") {
        star = (place + 1, position)
        place += 1
        continue
      } else if position < path.count, pattern[place] == path[position] {
        place += 1
        position += 1
        continue
      }
      // Lets the last star stand for one byte more.
      guard let last = star, last.position < path.count else { return false }
      star = (last.place, last.position + 1)
      (place, position) = (last.place, last.position + 1)
    }
  }
}

/// What `X-Robots-Tag` says about use in data sets, as img2dataset understands it.
package enum RobotsHeader {
  private static let forbidding: Set<Substring> = [
    "noai", "noimageai", "noindex", "noimageindex", "none",
  ]

  /// Whether a picture may be kept.
  ///
  /// - Parameters:
  ///   - value: the field's lines, separated by line ends.
  ///   - name: of the robot, in lower case.
  /// - Returns: false where a line that holds for it forbids that.
  package static func allows(_ value: String, name: String) -> Bool {
    for line in value.lowercased().split(separator: "\n") {
      var agent: Substring?
      for part in line.split(separator: ",") {
        var directive = part.drop { $0 == " " || $0 == "\t" }
        if let colon = directive.firstIndex(of: ":") {
          agent = directive[..<colon]
          directive = directive[directive.index(after: colon)...].drop { $0 == " " }
        }
        while directive.last?.isWhitespace == true { directive.removeLast() }
        if agent == nil || agent == name[...], forbidding.contains(directive) { return false }
      }
    }
    return true
  }
}
