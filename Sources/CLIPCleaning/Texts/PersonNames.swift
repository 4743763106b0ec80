import Foundation

/// Replaces names of persons by a token, as Wukong's published texts have it (`〈人名〉`).
///
/// Two ways, both without a model: names of the user's list wherever they stand; and, as a guess, one or two
/// characters behind a family name where a title follows (张三先生) or a profession stands before (演员张三).
/// A name that stands alone is not seen: that takes a model for names, which Wukong's authors had.
package struct PersonNames: Sendable {
  /// What the published data set has.
  package static let wukongToken = "〈人名〉"

  private let token: String
  private let list: WordMatcher
  private let expression: NSRegularExpression?

  /// The hundred most frequent family names of China (Ministry of Public Security, 2020) with the usual
  /// ones of two characters.
  private static let families =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
  private static let longFamilies = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|南宫|端木"
  private static let titles =
    "先生|女士|小姐|老师|教授|医生|大夫|院长|校长|主任|主席|总统|总理|部长|省长|市长|县长|书记|局长|处长|经理|董事长|总裁|律师|法官|警官|博士|院士|导演|教练|同学|同志|师傅|夫人|太太"
  private static let professions =
    "演员|歌手|导演|明星|影星|歌星|作家|画家|诗人|主持人|男星|女星|艺人|模特|球星|运动员|科学家|艺术家|书法家|音乐家|钢琴家|教练|记者|影帝|影后|女神|男神|作者|摄影师"
  /// Characters that follow a family name's character in ordinary words more often than in names.
  private static let noNames =
    "(?!马上|高级|高等|万元|黄色|白色|金色|石头|田野|江南|方法|方便|向来|常见|常用|许多|于是|任何|何时|程序|范围|龙虾|武术|钱包|毛衣|夏天|夏季|秋季|严重|白天|林业|江边|高中|方面|常务|金牌|万人)"

  /// - Parameters:
  ///   - token: what stands for a name.
  ///   - names: the user's list.
  ///   - guesses: whether other names are looked for.
  package init(token: String, names: [String], guesses: Bool) {
    self.token = token
    list = WordMatcher(names)
    guard guesses else {
      expression = nil
      return
    }
    let family = "\(Self.noNames)(?:\(Self.longFamilies)|[\(Self.families)])"
    let titled = "\(family)\\p{Han}{0,2}?(?=\(Self.titles))"
    let introduced =
      "(?<=\(Self.professions))\(family)\\p{Han}{1,2}?(?=[^\\p{Han}]|$|的|在|和|与|出席|亮相|写真)"
    // The expression is fixed and a test sees it work.
    expression = try? NSRegularExpression(pattern: "\(titled)|\(introduced)")
  }

  /// A text with its names replaced.
  package func replaced(_ text: String) -> String {
    let text = listed(text)
    guard let expression else { return text }
    return expression.stringByReplacingMatches(
      in: text, range: NSRange(text.startIndex..., in: text),
      withTemplate: NSRegularExpression.escapedTemplate(for: token))
  }

  /// Names of the list: of those that overlap the longest, then the first.
  private func listed(_ text: String) -> String {
    guard !list.words.isEmpty else { return text }
    let bytes = Array(text.utf8)
    let lower = Array(text.lowercased().utf8)
    guard lower.count == bytes.count else { return text }
    var ranges: [Range<Int>] = []
    list.forEachMatch(in: lower) { word, end in
      ranges.append(end - list.words[word].utf8.count..<end)
    }
    ranges.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
    var result: [UInt8] = []
    var place = 0
    for range in ranges where range.lowerBound >= place {
      result += bytes[place..<range.lowerBound] + token.utf8
      place = range.upperBound
    }
    return String(decoding: result + bytes[place...], as: UTF8.self)
  }
}
