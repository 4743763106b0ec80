import Foundation
import Testing
import Web

@Suite("WebAddress")
struct WebAddressTests {
  @Test("the parts of an address are those that are connected to and sent")
  func parts() throws {
    let address = try #require(WebAddress("HTTPS://Example.org:8443/a b/猫.jpg?x=1#y"))
    #expect(address.scheme == "https")
    #expect(address.host == "example.org")
    #expect(address.port == 8443 && !address.hasUsualPort)
    #expect(address.path == "/a%20b/%E7%8C%AB.jpg?x=1")
    #expect(address.url.utf8.allSatisfy { $0 < 0x80 })
    #expect(address.origin == "https://example.org:8443")
    #expect(address.route(to: "1.2.3.4") == "::1.2.3.4:8443")
    #expect(WebAddress("http://[2000::1]/")?.route(to: "2000::1") == "::[2000::1]:80")
    #expect(WebAddress("http://图片.example/")?.host == "xn--wcsw84d.example")
  }

  @Test(
    "what cannot be connected to is no address",
    arguments: [
      "", "猫", "ftp://example.org/", "http://", "http:///a.jpg", "http://user@example.org/",
      "http://a%20/x", "http://example.org:0/", "http://example.org:99999/", "data:image/png,x",
      "http://example.org/" + String(repeating: "a", count: 3_000),
    ])
  func none(text: String) {
    #expect(WebAddress(text) == nil)
  }

  @Test("redirects lead to whole and to relative addresses, and nowhere else")
  func redirects() throws {
    let address = try #require(WebAddress("http://example.org/a/b.jpg?x"))
    #expect(address.redirected(to: "c.jpg")?.url == "http://example.org/a/c.jpg")
    #expect(address.redirected(to: "/c.jpg")?.url == "http://example.org/c.jpg")
    #expect(address.redirected(to: "//b.example/c")?.host == "b.example")
    #expect(address.redirected(to: "https://b.example/c")?.port == 443)
    #expect(address.redirected(to: "file:///etc/passwd") == nil)
  }

  @Test("lines on what robots may do are all kept")
  func robots() {
    var head = HTTPHead()
    for line in ["HTTP/1.1 200 OK", "X-Robots-Tag: noai", "x-robots-tag: cnclip: none"] {
      Array((line + "\r\n").utf8).withUnsafeBytes { head.take(line: $0) }
    }
    #expect(head.status == 200)
    #expect(head["X-Robots-Tag"] == "noai\ncnclip: none")
  }
}
