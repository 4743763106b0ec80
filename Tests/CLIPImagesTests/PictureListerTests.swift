import CLIPImages
import Foundation
import TestSupport
import Testing

@Suite("Finding pictures")
struct PictureListerTests {
  /// A folder of its own for each test.
  private struct Place {
    private let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws { folder = try TemporaryFolder() }

    func write(_ name: String, _ data: Data) throws { try folder.write(data, to: name) }

    func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(
        atPath: path + "/" + name, withDestinationPath: target)
    }

    /// Names of what a listing of a folder found and left out.
    func list(_ name: String = "") throws -> (files: [String], failures: [String]) {
      var lister = PictureLister()
      try lister.list(name.isEmpty ? path : path + "/" + name)
      return (lister.files.map { relative($0.path) }, lister.failures.map { relative($0.path) })
    }

    func relative(_ path: String) -> String { String(path.dropFirst(self.path.count + 1)) }
  }

  private let jpeg = Fixtures.data("grey.jpg")
  private let png = Fixtures.data("rgb.png")

  @Test("first bytes decide, and a picture's ending is never passed over")
  func firstBytes() throws {
    let place = try Place()
    try place.write("a/without-ending", jpeg)
    try place.write("a/wrong.HEIC", jpeg)
    try place.write("b.dat", png)
    for name in ["c.mpo", "c.apng", "c.dib", "c.jfif", "c.jpe"] { try place.write(name, jpeg) }
    try place.write("empty.jpg", Data())
    try place.write("text.png", Data("no picture".utf8))
    try place.write("d.mov", Data([0, 0, 0, 20]) + Data("ftypqt  ".utf8))
    try place.write("notes.txt", Data("BMW and other makes of cars, 1999".utf8))
    try place.write("IMG_0001.AAE", Data("<plist/>".utf8))
    try place.write(".hidden.jpg", jpeg)
    try place.write(".trash/a.jpg", jpeg)
    let found = try place.list()
    #expect(
      found.files == [
        "a/without-ending", "a/wrong.HEIC", "b.dat", "c.apng", "c.dib", "c.jfif", "c.jpe",
        "c.mpo", "empty.jpg", "text.png",
      ])
    #expect(found.failures.isEmpty)
  }

  @Test("every format is found without its ending", arguments: Fixtures.all.pictures)
  func formats(_ fixture: Fixtures.Picture) throws {
    let place = try Place()
    try place.write("picture", Fixtures.data(fixture.name))
    #expect(try place.list().files == ["picture"])
  }

  @Test("a folder is read once whatever links lead to it, and under its own name")
  func links() throws {
    let place = try Place()
    try place.write("photos/2024/a.jpg", jpeg)
    try place.write("elsewhere/b.jpg", png)
    try place.link("photos/aliases", to: "2024")
    try place.link("photos/loop", to: "..")
    try place.link("photos/itself", to: ".")
    try place.link("photos/out", to: "../elsewhere")
    try place.link("link-to-photos", to: "photos")
    #expect(try place.list("photos").files == ["photos/2024/a.jpg", "photos/loop/elsewhere/b.jpg"])
    #expect(try place.list("link-to-photos").files.count == 2)
    #expect(try place.list().files == ["elsewhere/b.jpg", "photos/2024/a.jpg"])
  }

  @Test("a link to a picture counts once, by its own name only if the picture is not listed")
  func linkedFiles() throws {
    let place = try Place()
    try place.write("photos/z.jpg", jpeg)
    try place.write("elsewhere/b.jpg", png)
    try place.link("photos/a.jpg", to: "z.jpg")
    try place.link("photos/b1.jpg", to: "../elsewhere/b.jpg")
    try place.link("photos/b2.jpg", to: "../elsewhere/b.jpg")
    #expect(try place.list("photos").files == ["photos/b1.jpg", "photos/z.jpg"])
  }

  @Test("links that lead nowhere, pipes and names that are not UTF-8 are named")
  func failures() throws {
    let place = try Place()
    try place.write("good.jpg", jpeg)
    try place.link("gone.jpg", to: "nowhere")
    try place.link("gone-folder", to: "/mnt/disk/2019")
    try place.link("gone.txt", to: "nowhere.txt")
    try place.link("self.png", to: "self.png")
    mkfifo(place.path + "/pipe.jpg", 0o600)
    mkfifo(place.path + "/pipe", 0o600)
    try FileManager.default.createDirectory(
      atPath: place.path + "/folder.jpg", withIntermediateDirectories: true)
    for (name, data) in [("caf\u{E9}.jpg", jpeg), ("\u{E9}", png), ("\u{E9}.txt", Data([1]))] {
      let bytes = name.unicodeScalars.map { CChar(bitPattern: UInt8($0.value)) }
      let path = place.path.utf8CString.dropLast() + [CChar(0x2F)] + bytes + [0]
      let descriptor = open(Array(path), O_CREAT | O_WRONLY, 0o600)
      #expect(data.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) } > 0)
      close(descriptor)
    }
    let found = try place.list()
    #expect(found.files == ["good.jpg"])
    #expect(
      Set(found.failures) == [
        "gone.jpg", "gone-folder", "self.png", "pipe.jpg", "caf\\xE9.jpg", "\\xE9",
      ])
  }

  @Test("what is named itself is taken if it is a file, and refused with a reason if not")
  func named() throws {
    let place = try Place()
    try place.write(".hidden.txt", Data("text".utf8))
    #expect(try place.list(".hidden.txt").files == [".hidden.txt"])
    mkfifo(place.path + "/pipe", 0o600)
    for name in ["pipe", "nothing"] {
      #expect(throws: ImageError.self) { try place.list(name) }
    }
    #expect(throws: ImageError.unreadable(reason: "it is a pipe, not a file")) {
      try PictureBytes.read(place.path + "/pipe")
    }
  }

  @Test("folders that are excluded stay out by whatever name they are reached")
  func excludes() throws {
    let place = try Place()
    try place.write("photos/a.jpg", jpeg)
    try place.write("photos/library/b.jpg", jpeg)
    try place.link("photos/c", to: "library")
    var lister = PictureLister(excluding: [place.path + "/photos/library"])
    try lister.list(place.path + "/photos")
    #expect(lister.files.map { place.relative($0.path) } == ["photos/a.jpg"])
  }
}
