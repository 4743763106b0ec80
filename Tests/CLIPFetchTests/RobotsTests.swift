import CLIPFetch
import Testing

@Suite("Robots")
struct RobotsTests {
  private func rules(_ text: String) -> RobotsRules {
    RobotsRules(Array(text.utf8), name: "cnclip")
  }

  @Test("the longest rule that fits decides, for our name or else for all")
  func rules() {
    let file = """
      User-agent: *
      Disallow: /private/   # not for robots
      Allow: /private/open

      User-agent: other
      Disallow: /
      """
    #expect(rules(file).allows("/a.jpg"))
    #expect(!rules(file).allows("/private/a.jpg"))
    #expect(rules(file).allows("/private/open/a.jpg"))
    let own = file + "\nUser-agent: CNclip/1.0\nUser-agent: x\nDisallow: /*.gif$\nDisallow: /q?*z\n"
    #expect(rules(own).allows("/private/a.jpg"))
    #expect(!rules(own).allows("/b/a.gif"))
    #expect(rules(own).allows("/b/a.gif?x"))
    #expect(!rules(own).allows("/q?a=1&z"))
    #expect(rules("").allows("/"))
    #expect(!RobotsRules.closed.allows("/a"))
    #expect(rules("User-agent: *\nDisallow:\n").allows("/a"))
  }

  @Test("many stars cost no time")
  func stars() {
    let file = "User-agent: *\nDisallow: /" + String(repeating: "*a", count: 500) + "b\n"
    #expect(rules(file).allows("/" + String(repeating: "a", count: 2_000)))
  }

  @Test(
    "X-Robots-Tag forbids for all, or for us",
    arguments: [
      ("noai", false), ("noimageai, x", false), ("NOINDEX", false), ("none", false),
      ("nofollow", true), ("googlebot: noindex", true), ("cnclip: noai", false),
      ("googlebot: noai\nnosnippet", true), ("unavailable_after: 25 Jun 2010", true), ("", true),
    ])
  func header(value: String, isAllowed: Bool) {
    #expect(RobotsHeader.allows(value, name: "cnclip") == isAllowed)
  }
}
