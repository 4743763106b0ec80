import CLIPImages
import CLIPModels
import CLIPSearch
import Files
import Foundation
import Threads

/// The report as one file of HTML: the yield of each step, and examples that a person can judge.
///
/// Nothing is loaded from anywhere, no script runs.
struct ReportPage {
  let report: CleaningReport
  let view: RowsView
  let findings: CleaningFindings

  /// The longer side of small pictures.
  private static let side = 160

  func html() throws -> String {
    let template = try CleaningError.wrapping {
      let url = try ResourceFolder.url(of: "CLIPCleaning").appending(path: "report-page.html")
      return String(decoding: try TextFile(url).bytes, as: UTF8.self)
    }
    let body = report.steps.filter { $0.dropped > 0 || $0.changed > 0 }.map(section)
    return
      template
      .replacing("{{recipe}}", with: escaped(report.recipe))
      .replacing("{{source}}", with: escaped(report.source ?? ""))
      .replacing("{{summary}}", with: escaped(summary))
      .replacing("{{rows}}", with: rows)
      .replacing("{{steps}}", with: body.joined(separator: "\n"))
      .replacing("{{kept}}", with: try keptExamples())
  }

  private var summary: String {
    let share = report.rows == 0 ? 0 : 100 * Double(report.kept) / Double(report.rows)
    var text =
      "\(report.kept) of \(report.rows) rows stay (\(String(format: "%.1f", share)) %), from "
      + report.inputs.prefix(3).joined(separator: ", ")
    if report.inputs.count > 3 { text += " and \(report.inputs.count - 3) more" }
    if !report.problems.isEmpty {
      text += "; \(report.problems.count) could not be read or lack their picture or text"
    }
    return text + "."
  }

  /// The table of steps; the bar shows what is left.
  private var rows: String {
    report.steps.map { step in
      let total = max(1, report.rows)
      let after = step.rowsBefore - step.dropped
      let result =
        step.omitted.map { "<td colspan=\"3\" class=\"omitted\">not applied: \(escaped($0))</td>" }
          ?? """
          <td class="number">\(step.dropped)</td><td class="number">\(after)</td>\
          <td><div class="bar"><i style="width:\(100 * after / total)%"></i></div></td>
          """
      let name = Self.titles[step.name].map { "\($0) <small>\(step.name)</small>" } ?? step.name
      let link =
        step.dropped > 0 || step.changed > 0 ? "<a href=\"#s\(step.number)\">\(name)</a>" : name
      return
        "<tr><td class=\"number\">\(step.number)</td><td>\(link)</td><td><code>\(escaped(parameters(step)))</code></td>\(result)</tr>"
    }.joined(separator: "\n")
  }

  private func parameters(_ step: CleaningReport.Step) -> String {
    guard let data = try? ConfigurationFile.encode(step.parameters),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let values = object.values.first,
      let text = try? JSONSerialization.data(withJSONObject: values, options: [.sortedKeys])
    else { return "" }
    return String(decoding: text, as: UTF8.self)
  }

  private func section(_ step: CleaningReport.Step) -> String {
    let dropped = findings.examples[step.number]?.elements ?? []
    let pictures = thumbnails(dropped.map(\.place))
    let kept = thumbnails(dropped.map { $0.kept })
    let figures = dropped.indices.map { index in
      figure(
        [pictures[index], kept[index]].compactMap { $0 }, caption: dropped[index].text,
        note: dropped[index].reason, name: dropped[index].name)
    }
    let changes = (findings.changes[step.number]?.elements ?? []).map { change in
      "<p class=\"change\"><del>\(escaped(change.before))</del> <ins>\(escaped(change.after))</ins></p>"
    }
    let counts =
      (step.dropped > 0 ? ["\(step.dropped) rows left out"] : [])
      + (step.changed > 0 ? ["\(step.changed) texts changed"] : [])
    return """
      <section id="s\(step.number)">
      <h2>\(step.number). \(Self.titles[step.name] ?? "") \(step.name) <small>\(counts.joined(separator: ", "))</small></h2>
      <div class="sheet">\(figures.joined())</div>
      \(changes.joined(separator: "\n"))
      </section>
      """
  }

  /// Rows that stay, for comparison.
  private func keptExamples() throws -> String {
    var examples = Examples<(place: DroppedRow.Place, name: String, text: String)>(
      limit: findings.exampleCount)
    // Of some parts, evenly: reading all once more would cost a pass.
    let parts = view.input.rowParts
    let step = max(1, parts / 16)
    for part in stride(from: 0, to: parts, by: step) {
      let alive = view.states.alive(part)
      guard !alive.isEmpty else { continue }
      let rows = try view.input.rows(ofPart: part)
      for index in alive.prefix(64) {
        let row = try rows.row(at: index)
        examples.offer(
          row.name,
          (DroppedRow.Place(part: part, index: index), row.name, view.text(row.text)))
      }
    }
    let elements = examples.elements
    let pictures = thumbnails(elements.map(\.place))
    return elements.indices.map { index in
      figure(
        [pictures[index]].compactMap { $0 }, caption: elements[index].text, note: nil,
        name: elements[index].name)
    }.joined()
  }

  private func figure(
    _ pictures: [String], caption: String, note: String?, name: String
  ) -> String {
    let images = pictures.map { "<img alt=\"\" src=\"\($0)\">" }.joined()
    let reason = note.map { "<b>\(escaped($0))</b>" } ?? ""
    return """
      <figure title="\(escaped(name))">\(images.isEmpty ? "" : "<div>\(images)</div>")\
      <figcaption>\(reason)<span>\(escaped(String(caption.prefix(200))))</span></figcaption></figure>
      """
  }

  /// Small pictures of rows as data addresses; nil for rows without one that can be read.
  private func thumbnails(_ places: [DroppedRow.Place?]) -> [String?] {
    let view = view
    return inParallel(places.count) { index in
      guard let place = places[index],
        let row = try? view.input.rows(ofPart: place.part).row(at: place.index),
        let reference = row.picture,
        let data = try? view.input.pictures(ofPart: reference.part).data(at: reference.index),
        let image = try? ImageDecoder().thumbnail(of: data, fittingWithin: Self.side),
        let jpeg = try? PictureWriter.jpeg(image, quality: 80)
      else { return nil }
      return "data:image/jpeg;base64," + jpeg.base64EncodedString()
    }
  }

  private func escaped(_ text: String) -> String { ResultPage.escaped(text.showingControls) }

  private static let titles = [
    "simplify": "繁体转简体", "replace_names": "人名替换", "language": "语言", "length": "长度",
    "unknown_tokens": "未登录词", "text_entropy": "文本熵", "emoji": "表情符号", "pattern": "广告与文件名",
    "blocked_words": "敏感词", "readable": "图片可读", "short_side": "短边", "aspect": "长宽比",
    "sharpness": "清晰度", "contrast": "对比度", "picture_entropy": "图像熵", "repeated_texts": "重复文本",
    "repeated_pictures": "相同图片", "near_duplicates": "近似图片", "texts_of_picture": "一图多文",
    "rows_of_host": "同一域名", "contamination": "测试集污染", "score": "图文匹配分数",
    "semantic_duplicates": "语义重复", "balance": "概念均衡",
  ]
}
