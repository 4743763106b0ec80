import CLIPData
import CLIPFetch
import Foundation
import TestSupport
import Testing

@Suite("Lists")
struct ListTests {
  private func rows(
    _ name: String, _ content: Data, _ columns: ListColumns = ListColumns()
  ) throws -> [ListRow] {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: name)
    try content.write(to: url)
    var rows = ListRows([try ListFile(url)], columns: columns, scratch: folder.url)
    let all = try rows.take(1_000)
    // Passing over rows comes to the same row as reading them.
    for count in 0...all.count {
      var later = ListRows([try ListFile(url)], columns: columns, scratch: folder.url)
      try later.skip(count)
      #expect(later.position == count)
      #expect(try later.take(1_000) == Array(all[count...]))
    }
    return all
  }

  @Test("CSV, TSV and JSON lines give the same rows, with columns recognised")
  func forms() throws {
    let expected = [
      ListRow(address: "http://a.example/1.jpg", caption: "一只猫", columns: ["\"0.3\""]),
      ListRow(address: "http://a.example/2.jpg", caption: "海, 边", columns: ["\"\""]),
    ]
    let columns = ListColumns(others: ["similarity"])
    let csv =
      "URL,TEXT,similarity\nhttp://a.example/1.jpg,一只猫,0.3\nhttp://a.example/2.jpg,\"海, 边\",\n"
    #expect(try rows("list.csv", Data(csv.utf8), columns) == expected)
    let tsv =
      "similarity\tcaption\turl\n0.3\t一只猫\thttp://a.example/1.jpg\n\t海, 边\thttp://a.example/2.jpg\n"
    #expect(try rows("list.tsv", Data(tsv.utf8), columns) == expected)
    let json = """
      {"url": "http://a.example/1.jpg", "caption": "一只猫", "similarity": "0.3"}
      {"caption": "海, 边", "similarity": "", "url": "http://a.example/2.jpg"}
      """
    #expect(try rows("list.jsonl", Data(json.utf8), columns) == expected)
  }

  @Test("a list without a header has its columns by number, and plain lines have no captions")
  func numbers() throws {
    let columns = ListColumns(address: "2", caption: "1")
    #expect(
      try rows("list.tsv", Data("猫\thttp://a.example/1.jpg\n".utf8), columns)
        == [ListRow(address: "http://a.example/1.jpg", caption: "猫")])
    #expect(
      try rows("list.txt", Data("http://a.example/1.jpg\r\n\nhttp://b.example/\n".utf8))
        == [ListRow(address: "http://a.example/1.jpg"), ListRow(address: "http://b.example/")])
  }

  @Test("a packed list is unpacked, and nothing of it stays")
  func packed() throws {
    let gzip = "H4sIAAAAAAACA8soKSmw0tdP1EutSMwtyEnVN9TLKkgHAG62j8QWAAAA"
    let data = try #require(Data(base64Encoded: gzip))
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "list.txt.gz")
    try data.write(to: url)
    var rows = ListRows([try ListFile(url)], columns: ListColumns(), scratch: folder.url)
    #expect(try rows.take(5) == [ListRow(address: "http://a.example/1.jpg")])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["list.txt.gz"])
  }

  @Test("a line that cannot be used costs itself alone, and says why")
  func badLines() throws {
    var csv = Data("url,caption\nhttp://a.example/1.jpg,a\nhttp://a.example/2.jpg\n".utf8)
    csv += Data([0xB0, 0xFF]) + Data(",x\nhttp://a.example/3.jpg,c\n".utf8)
    let found = try rows("list.csv", csv)
    #expect(found.count == 4)
    #expect(found[1].problem == "line 3: expected 2 fields, found 1")
    #expect(found[2].problem?.hasPrefix("line 4: the text is not UTF-8") == true)
    #expect(found[3] == ListRow(address: "http://a.example/3.jpg", caption: "c"))
    let json = try rows(
      "list.jsonl", Data("{\"url\": \"x\", \"text\": \"a\"}\n{\"url\": 1}\n".utf8))
    #expect(json[1].problem?.hasPrefix("line 2: ") == true)
  }

  @Test("what is no list is refused by a sentence that says what was expected")
  func refused() throws {
    func problem(_ name: String, _ text: String) -> String {
      do {
        _ = try rows(name, Data(text.utf8))
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      problem("list.csv", "a,b\n").contains(
        "there is no column that looks like an address among: a, b"))
    #expect(problem("list.jsonl", "[{}]").contains("it is one JSON array"))
    #expect(problem("list.html", "x").contains("its name does not tell what it is"))
    #expect(problem("list.csv", "").contains("it is empty"))
  }

  @Test("a packed list that unpacks to what no list is is refused")
  func bomb() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.currentDirectoryURL = folder.url
    process.arguments = ["-c", "head -c 70000000 /dev/zero | gzip >list.csv.gz"]
    try process.run()
    process.waitWithoutRunLoop()
    let list = try ListFile(folder.url.appending(path: "list.csv.gz"))
    var rows = ListRows([list], columns: ListColumns(), scratch: folder.url)
    let error = #expect(throws: FetchError.self) { try rows.take(1) }
    #expect(error?.description.contains("200 times its size") == true)
    #expect(folder.content == ["list.csv.gz"])
  }
}
