import CLIPCharts
import Foundation

/// A diagnosis in words and pictures, for people who are no specialists.
public struct DiagnosisReport: Sendable {
  /// One question and its answer.
  struct Section: Sendable {
    let title: String
    /// What was done, in plain words.
    let question: String
    /// What it showed, and what to do about it.
    let verdict: String
    /// A picture, and the name of its file.
    var chart: (name: String, svg: String)?
    /// A heading and rows.
    var table: (heading: [String], rows: [[String]])?
  }

  let diagnosis: Diagnosis
  let sections: [Section]

  /// Puts a diagnosis into words.
  public init(_ diagnosis: Diagnosis) {
    self.diagnosis = diagnosis
    sections = [
      Self.prompts(diagnosis), Self.calibration(diagnosis), Self.negation(diagnosis),
      Self.composition(diagnosis), Self.collisions(diagnosis), Self.hubness(diagnosis),
    ]
  }

  var title: String { "What \(diagnosis.model) can and cannot do" }

  var summary: String {
    "Measured on \(diagnosis.images) pictures with \(diagnosis.classes) labels (\(diagnosis.dataset)). "
      + "It names \(Self.percent(diagnosis.top1)) of them rightly; by chance it would be "
      + "\(Self.percent(1 / Double(diagnosis.classes)))."
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  private static func prompts(_ diagnosis: Diagnosis) -> Section {
    let all = diagnosis.prompts.templates
    let (best, worst) = (all.first, all.last)
    let gap = (best?.accuracy ?? 0) - (worst?.accuracy ?? 0)
    let advice =
      diagnosis.prompts.ensemble >= (best?.accuracy ?? 0) - 0.02
      ? "All templates together do as well as the best one: use them together."
      : "The best template alone is better than all together: use it."
    return Section(
      title: "Does the wording matter?",
      question:
        "Every label was put into \(all.count) sentences, and the pictures were named with each "
        + "sentence alone.",
      verdict:
        "From the best wording (“\(best?.template ?? "")”, \(percent(best?.accuracy ?? 0))) to the "
        + "worst (“\(worst?.template ?? "")”, \(percent(worst?.accuracy ?? 0))) it is "
        + String(format: "%.1f points", 100 * gap)
        + ", with a standard deviation of "
        + String(format: "%.1f. ", 100 * diagnosis.prompts.deviation)
        + "All together: \(percent(diagnosis.prompts.ensemble)). \(advice)",
      chart: (
        "prompts",
        BarChart(
          title: "pictures named rightly with one template",
          bars: all.map { ($0.template, $0.accuracy, percent($0.accuracy)) }
        ).svg
      ))
  }

  private static func calibration(_ diagnosis: Diagnosis) -> Section {
    let (own, fitted) = (diagnosis.calibration, diagnosis.fitted)
    let direction =
      fitted.scale < own.scale ? "too sure of itself" : "less sure of itself than it could be"
    func line(_ name: String, _ calibration: Calibration) -> LineChart.Series {
      .init(name, calibration.bins.map { ($0.confidence, $0.accuracy) }, hasDots: true)
    }
    var chart = LineChart(
      title: "share that is right", xTitle: "probability that the model gave",
      series: [line("as it is", own), line("fitted", fitted)])
    (chart.xRange, chart.yRange, chart.hasDiagonal) = (0...1, 0...1, true)
    let minimum =
      diagnosis.minimumScore.map {
        String(
          format: " A label is to be believed from a cosine of %.3f on (--min-score): that keeps "
            + "%.0f %% of the right ones and refuses %.0f %% of the wrong ones.", $0.cosine,
          100 * $0.kept, 100 * $0.refused)
      } ?? ""
    return Section(
      title: "Do its probabilities mean what they say?",
      question:
        "Of the pictures that it names with 80 %, 80 of 100 should be right. On the dashed line "
        + "they are.",
      verdict: "They are off by \(percent(own.expectedError)) on average: on this data it is "
        + "\(direction). "
        + String(format: "With a scale of %.1f instead of %.1f ", fitted.scale, own.scale)
        + String(format: "(temperature %.4f instead of %.4f) ", 1 / fitted.scale, 1 / own.scale)
        + "it is \(percent(fitted.expectedError)).\(minimum)",
      chart: ("calibration", chart.svg))
  }

  private static func negation(_ diagnosis: Diagnosis) -> Section {
    let wins = diagnosis.negation.negatedWins
    let advice =
      diagnosis.negation.trueNegationPreferred < 0.6
      ? "It does not understand negation: ask for what is there and leave out what is not by “-”, as the "
        + "search does." : "It understands negation to some degree."
    return Section(
      title: "Does it hear 没有, 不是 and 除了?",
      question: "For each picture a true sentence stood against its denial, in "
        + "\(diagnosis.negation.forms.count) forms. And of two denials, that of something which is not in "
        + "the picture (true) stood against that of what is (false); by chance half are right.",
      verdict:
        "The denial won for \(percent(wins)) of the pictures. The true denial was preferred for "
        + "\(percent(diagnosis.negation.trueNegationPreferred)). \(advice)",
      table: (
        ["true", "false", "false one wins", "true denial preferred"],
        diagnosis.negation.forms.map {
          [$0.affirmed, $0.negated, percent($0.negatedWins), percent($0.trueNegationPreferred)]
        }
      ))
  }

  private static func composition(_ diagnosis: Diagnosis) -> Section {
    let names = [
      "color": ("which colour belongs to what", "红色的圆形和蓝色的方块"),
      "number": ("how many there are", "三个红色的圆形"), "side": ("left and right", "圆形在方块的左边"),
      "voice": ("who does it to whom (把, 被)", "猫把狗赶走了"),
    ]
    let weak = diagnosis.composition.entries.filter { $0.right < 0.65 }
      .compactMap { names[$0.kind]?.0 }
    return Section(
      title: "Does it know what belongs to what?",
      question:
        "Drawn pictures of coloured shapes stood against a true caption and one in which two words "
        + "had changed places; sentences with 把 and 被 against one that means the same and one that means "
        + "the opposite. By chance half are right.",
      verdict: weak.isEmpty
        ? "It does, in all of these."
        : "It is near chance or worse in: \(weak.joined(separator: "; ")). Do not trust it there.",
      chart: (
        "composition",
        BarChart(
          title: "right one preferred (half is chance)",
          bars: diagnosis.composition.entries.map {
            (names[$0.kind]?.0 ?? $0.kind, $0.right, percent($0.right))
          }
        ).svg
      ),
      table: (
        ["what", "for example", "asked", "right", "cosine of the two captions"],
        diagnosis.composition.entries.map {
          [
            names[$0.kind]?.0 ?? $0.kind, names[$0.kind]?.1 ?? "", "\($0.count)", percent($0.right),
            String(format: "%.3f", $0.captionCosine),
          ]
        }
      ))
  }

  private static func collisions(_ diagnosis: Diagnosis) -> Section {
    let collisions = diagnosis.collisions
    return Section(
      title: "Which labels are one to it?",
      question: "The labels' sentences were compared with each other, without any picture.",
      verdict: (collisions.collisionCount == 0
        ? "No two labels are nearly one"
        : "\(collisions.collisionCount) pairs of labels are nearly one; tell them apart by more words")
        + String(
          format: " (cosine of %.2f and more; the mean of all pairs is %.2f).",
          TextCollisions.threshold, collisions.meanCosine),
      table: (
        ["label", "label", "cosine"],
        collisions.nearest.prefix(10).map {
          [$0.first, $0.second, String(format: "%.3f", $0.cosine)]
        }
      ))
  }

  private static func hubness(_ diagnosis: Diagnosis) -> Section {
    let hubness = diagnosis.hubness
    return Section(
      title: "Do some pictures answer everything?",
      question:
        "For each of \(hubness.queryCount) labels the \(hubness.depth) nearest pictures were "
        + "taken, and it was counted how often each picture came.",
      verdict: String(
        format: "The skewness is %.2f (0 is even, above 1 a few come much too often); ",
        hubness.skewness)
        + "\(percent(hubness.neverShare)) of the pictures answer nothing."
        + (hubness.hubs.isEmpty
          ? "" : " The most frequent are below; look whether they are of use."),
      table: hubness.hubs.isEmpty
        ? nil
        : (
          ["picture", "label", "answers"],
          hubness.hubs.map { [$0.image, $0.label, "\($0.answers)"] }
        ))
  }
}
