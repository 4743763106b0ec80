import Foundation

/// A language, told by the scripts of a text's characters.
///
/// A rule that a person can follow instead of a model: kana make Japanese, hangul Korean, Han characters
/// without them Chinese, Latin letters `en` (any language of that script), everything else `other`. What
/// it cannot see: Japanese in Han characters alone, unless one of them is a form that only Japan uses; and
/// any difference between languages of Latin script.
package enum TextLanguage: String, CaseIterable, Sendable {
  case chinese = "zh"
  case japanese = "ja"
  case korean = "ko"
  case latin = "en"
  case other = "other"

  /// How many of a text's letters and digits belong to each script.
  package struct Scripts: Sendable, Equatable {
    package private(set) var han = 0
    package private(set) var kana = 0
    package private(set) var hangul = 0
    package private(set) var latin = 0
    package private(set) var otherLetters = 0
    package private(set) var digits = 0
    /// Han characters that only Japanese texts have.
    package private(set) var japaneseHan = 0

    /// Letters and digits.
    package var total: Int { han + kana + hangul + latin + otherLetters + digits }
    /// Share of Han characters, 0 for a text without letters.
    package var hanShare: Double { total == 0 ? 0 : Double(han) / Double(total) }

    package init(_ text: String) {
      for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x30...0x39, 0xFF10...0xFF19: digits += 1
        case 0x41...0x5A, 0x61...0x7A, 0xFF21...0xFF3A, 0xFF41...0xFF5A: latin += 1
        // The dot and the long mark stand in Chinese texts too.
        case 0x30FB, 0x30FC: continue
        case 0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D: kana += 1
        case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7A3: hangul += 1
        default:
          if scalar.properties.isIdeographic {
            han += 1
            if TextLanguage.japaneseForms.contains(scalar) { japaneseHan += 1 }
          } else if scalar.properties.isAlphabetic {
            if (0xC0...0x24F).contains(scalar.value) { latin += 1 } else { otherLetters += 1 }
          } else if scalar.properties.numericType != nil {
            digits += 1
          }
        }
      }
    }
  }

  /// Characters of Japan's own making or simplification: those of OpenCC's JPShinjitaiCharacters
  /// and JPVariants, and of Japan's own signs, that Shift JIS has and neither GB 2312 nor Big5,
  /// without some that Hong Kong writes too.
  private static let japaneseForms = Set(
    ("両乗亀亜仏仮価倹働児円処凧凪剣剤剰労効勅勧勲匁匂単厠厳収呉呪咲喰営噛噺団囲図圏圧"
      + "塁塩増壊壌壱売変奨嬢実寛対専峠峯巌巣巻帯帰庁広廃弐弾従徳徴応恵悩悪懐戦戯戸戻払抜"
      + "択拝拠拡挙挿捜掲掻揺摂撃撹斉斎晩暁暦曁曽杢枠枡査栃栄桜桝桟検楡楽榊様権歓歩歯歳歴"
      + "殻毎気沢浄涙渇済渉渋渓満溌滝瀬焔焼牀犠猟獣畑畳疎痩発皐県砕稲穂穏穣竃竜籾粋粛粧経"
      + "絵絶継続総縁縄縦繊繋繍聡聴脳臓舎舗茘荘蔵薫薬蛍蝋覇覚覧観訳読謡譲賛贋転軽輌辺辻込"
      + "逓遅郷酔醗醤醸釈鉄鉱銭鋳錬鑛関閲闘陥険隠雑雫霊頴頼顔顕駅駆騒験髄髪鰯鴎鶏麹麺黙鼈"
      + "齢").unicodeScalars)

  /// The language of a text; `other` for a text without letters.
  package init(_ scripts: Scripts) {
    let letters = scripts.total - scripts.digits
    if letters == 0 {
      self = .other
    } else if scripts.kana * 10 >= letters || (scripts.japaneseHan > 0 && scripts.hangul == 0) {
      // Trade names with one kana, as 優の良品, do not make a text Japanese unless it is short.
      self = .japanese
    } else if scripts.hangul * 2 > letters {
      self = .korean
    } else if scripts.han * 5 >= letters {
      // A Chinese word says as much in two characters as an English one in five to ten.
      self = .chinese
    } else if scripts.latin * 2 > letters {
      self = .latin
    } else {
      self = .other
    }
  }
}
