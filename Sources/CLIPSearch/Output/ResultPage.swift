import Files
import Foundation
import Threads

/// A web page of hits in one file: thumbnails inside, nothing loaded from anywhere, no script.
public struct ResultPage: Sendable {
  /// The longer side of the thumbnails, in pixels.
  public var side = 320
  /// The most hits that are shown.
  public static let maximumHits = 1000

  /// A page of the usual size.
  public init() {}

  /// Writes the page.
  ///
  /// - Parameters:
  ///   - hits: At most ``maximumHits`` are shown.
  ///   - title: What was searched for, for people.
  ///   - library: Where their thumbnails come from.
  /// - Returns: HTML in UTF-8.
  /// - Throws: ``SearchError`` if the page's template is missing.
  public func html(
    of hits: [SearchHit], title: String, in library: PictureLibrary
  ) async throws -> String {
    let hits = Array(hits.prefix(Self.maximumHits))
    let pipeline = OrderedPipeline(count: hits.count, window: hits.count) { [side] index in
      try? await library.thumbnail(of: hits[index].id, side: side)
    }
    let images = await pipeline.next(hits.count)
    try Task.checkCancellation()
    let figures = zip(hits, images).enumerated().map { index, pair in
      Self.figure(pair.0, number: index + 1, thumbnail: pair.1)
    }
    let template = try Self.template()
    let body =
      hits.isEmpty ? "<p class=\"empty\">没有找到符合条件的图片。</p>" : figures.joined(separator: "\n")
    return
      template
      .replacingOccurrences(of: "{{count}}", with: "\(hits.count)")
      .replacingOccurrences(of: "{{title}}", with: Self.escaped(title))
      .replacingOccurrences(of: "{{hits}}", with: body)
  }

  private static func template() throws -> String {
    try SearchError.wrapping {
      let folder = try ResourceFolder.url(of: "CLIPSearch")
      return try String(contentsOf: folder.appending(path: "result-page.html"), encoding: .utf8)
    }
  }

  private static func figure(_ hit: SearchHit, number: Int, thumbnail: Data?) -> String {
    let (folder, name) = Paths.split(hit.path)
    let alternative = escaped(hit.caption ?? name)
    let picture =
      thumbnail.map {
        "<img loading=\"lazy\" alt=\"\(alternative)\" src=\"data:image/jpeg;base64,"
          + $0.base64EncodedString() + "\">"
      } ?? "<div class=\"gone\">图片文件已不在</div>"
    let link =
      hit.path.hasPrefix("/")
      ? "<a href=\"\(escaped(URL(fileURLWithPath: hit.path).absoluteString))\">\(picture)</a>"
      : picture
    var details: [String] = []
    if let taken = hit.taken {
      details.append(escaped(taken.replacingOccurrences(of: "T", with: " ")))
    }
    if hit.width > 0 { details.append("\(hit.width) × \(hit.height)") }
    if let camera = hit.camera { details.append(escaped(camera)) }
    if !hit.folded.isEmpty { details.append("另有 \(hit.folded.count) 张相近图片") }
    let probability = hit.probability.map {
      "<span class=\"score\" title=\"与背景词相比的概率\">\(percent($0))</span>"
    }
    return """
      <figure>
      \(link)
      <figcaption>
      <div class="line"><b>\(number)</b><span class="name" title="\(escaped(hit.path))">\
      \(escaped(name))</span>\(probability ?? "")</div>
      \(hit.caption.map { "<p>\(escaped($0))</p>" } ?? "")
      <div class="details">相似度 \(ContactSheet.thousandths(hit.cosine))\
      \(details.map { " · " + $0 }.joined())</div>
      <div class="details path">\(escaped(folder))</div>
      \(hit.tags.isEmpty ? "" : "<div class=\"tags\">" + hit.tags.map { "<span>\(escaped($0))</span>" }.joined() + "</div>")
      </figcaption>
      </figure>
      """
  }

  private static func percent(_ share: Float) -> String {
    let tenths = Int((share * 1000).rounded())
    return tenths >= 100 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }

  /// A text as it stands in HTML, also inside of quotation marks.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "{": result += "&#123;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
