import ArgumentParser
import CLIPData
import Files
import Foundation

/// The options that say which pairs are worth keeping.
struct FilterOptions: ParsableArguments {
  /// A ready set of rules.
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    case none
    case paper
  }

  @Option(
    help: """
      paper: captions of 5 to 50 characters that are no file names or advertisements, for at most \
      10 pictures; pictures of 200 pixels and more, at most 3 times as long as wide, no near \
      duplicates. The other options change single rules.
      """)
  var filter = Preset.none

  @Option(help: "Least characters of a caption.")
  var minCaption: Int?

  @Option(help: "Most characters of a caption.")
  var maxCaption: Int?

  @Option(help: ArgumentHelp("Words that no caption may hold, one a line.", valueName: "file"))
  var blackList: String?

  @Flag(help: "Leave out captions that are file names or addresses.")
  var dropFileNames = false

  @Flag(help: "Leave out captions that advertise.")
  var dropAdvertisements = false

  @Option(
    name: .customLong("drop-pattern"),
    help: ArgumentHelp("Leave out captions that match; may be repeated.", valueName: "regex"))
  var dropPatterns: [String] = []

  @Option(help: "Least share of Chinese characters in a caption, 0 to 1.")
  var minChinese: Double?

  @Option(help: "Most pictures of one caption.")
  var maxPicturesPerCaption: Int?

  @Option(help: "Most captions of one picture.")
  var maxCaptionsPerPicture: Int?

  @Option(help: "Least pixels of a picture's shorter side.")
  var minSide: Int?

  @Option(help: "How many times as long as wide, or as wide as long, a picture may be.")
  var maxAspect: Double?

  @Flag(help: "Of pictures that nearly equal each other keep the first.")
  var dropNearDuplicates = false

  @Option(help: "Least cosine of picture and caption by the model given, as in 0.26.")
  var minScore: Double?

  @Option(
    help: ArgumentHelp("Write what was left out, and why, as JSON lines.", valueName: "file"))
  var report: String?

  /// The rules together.
  func rules() throws -> PairFilter {
    var rules = filter == .paper ? PairFilter.paper : PairFilter()
    if minCaption != nil || maxCaption != nil {
      let lower = minCaption ?? rules.captionLength?.lowerBound ?? 0
      let upper = maxCaption ?? rules.captionLength?.upperBound ?? .max
      guard lower >= 0, lower <= upper else {
        throw CommandFailure("captions cannot have from \(lower) to \(upper) characters")
      }
      rules.captionLength = lower...upper
    }
    if let blackList {
      rules.blackList = try TextLines(path: blackList).words
    }
    if dropFileNames, !rules.patterns.contains(.fileName) { rules.patterns.append(.fileName) }
    if dropAdvertisements, !rules.patterns.contains(.advertisement) {
      rules.patterns.append(.advertisement)
    }
    for (index, expression) in dropPatterns.enumerated() {
      rules.patterns.append(try CaptionPattern(name: "\(index + 1)", expression: expression))
    }
    rules.minimumChineseShare = minChinese ?? rules.minimumChineseShare
    rules.maximumPicturesPerCaption = maxPicturesPerCaption ?? rules.maximumPicturesPerCaption
    rules.maximumCaptionsPerPicture = maxCaptionsPerPicture ?? rules.maximumCaptionsPerPicture
    rules.minimumSide = minSide ?? rules.minimumSide
    rules.maximumAspectRatio = maxAspect ?? rules.maximumAspectRatio
    rules.removesNearDuplicates = dropNearDuplicates || rules.removesNearDuplicates
    rules.minimumScore = minScore
    return rules
  }

  /// Writes what was left out.
  func writeReport(_ result: FilterResult) throws {
    guard let report else { return }
    let writer = try AtomicFile(URL(filePath: report), makesFolder: true)
    func reason(_ reason: DropReason) -> String { PythonJSON.string("\(reason)") }
    for dropped in result.droppedImages {
      try writer.writeLine(
        "{\"image_id\": \(dropped.imageID), \"reason\": \(reason(dropped.reason))}")
    }
    for dropped in result.droppedCaptions {
      try writer.writeLine(
        "{\"text_id\": \(dropped.textID), \"reason\": \(reason(dropped.reason))}")
    }
    for dropped in result.droppedPairs {
      try writer.writeLine(
        """
        {"image_id": \(dropped.imageID), "text_id": \(dropped.textID), \
        "reason": \(reason(dropped.reason))}
        """)
    }
    try writer.commit()
  }
}
