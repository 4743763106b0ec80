import Foundation
import TestSupport
import Testing

/// Folders of pictures as commands see them: nothing is left out in silence.
@Suite("Pictures in folders")
struct PictureFolderTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "CLIPImagesTests/Fixtures")

  private static func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: fixtures.appending(path: name))
  }

  private static let without = ["CNCLIP_WITHOUT_LIBRARIES": "libheif,libjxl,libraw"]

  /// What an iPhone leaves: six pictures of four formats, one of them under a wrong name, and what is
  /// none.
  private static func phone() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let pictures = [
      "100APPLE/IMG_0001.HEIC": "Libraries/turned.heic",
      "100APPLE/IMG_0002.JPG": "photographed.jpg",
      "100APPLE/IMG_0003.PNG": "rgb.png", "100APPLE/IMG_0004.HEIC": "grey.jpg",
      "100APPLE/IMG_0005.DNG": "Libraries/turned.dng", "101APPLE/IMG_0006_BURST/1.JPG": "wide.jpg",
    ]
    for (name, file) in pictures { try folder.write(fixture(file), to: "DCIM/\(name)") }
    let movie = Data([0, 0, 0, 20]) + Data("ftypqt  \0\0\0\0qt  ".utf8)
    try folder.write(movie, to: "DCIM/100APPLE/IMG_0001.MOV")
    try folder.write("<plist/>", to: "DCIM/100APPLE/IMG_0002.AAE")
    try folder.write(Data([0, 5, 22, 7]), to: "DCIM/100APPLE/._IMG_0001.HEIC")
    try folder.write(Data([0, 0, 0, 1]), to: "DCIM/.DS_Store")
    return folder
  }

  private static let hasLibraries: Bool = {
    guard let folder = try? phone() else { return false }
    let outcome = try? Command.run("embed", "images", folder.path + "/DCIM")
    return outcome.map { !$0.errors.contains("is not on this machine") } ?? false
  }()

  /// The commands that take folders of pictures; how many pictures one says that it took.
  private static func take(
    _ command: String, _ folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> (count: Int, outcome: Command.Outcome) {
    let pictures = folder.path + "/DCIM"
    switch command {
    case "match":
      let outcome = try Command.run(
        ["match", pictures, "--texts", "猫", "--json"], environment: environment)
      return (outcome.lines.count, outcome)
    case "index":
      let outcome = try Command.run(
        ["index", pictures, "--library", folder.path + "/library", "--json"],
        environment: environment)
      let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      return ((report as? [String: Any])?["added"] as? Int ?? -1, outcome)
    default:
      let outcome = try Command.run(["embed", "images", pictures], environment: environment)
      return (outcome.lines.count, outcome)
    }
  }

  @Test(
    "a folder as an iPhone leaves it is taken whole",
    .enabled(if: hasLibraries, "libheif and libraw are needed: Scripts/install-packages.sh"),
    arguments: ["embed", "match", "index"])
  func phoneFolder(_ command: String) throws {
    let folder = try Self.phone()
    let (count, outcome) = try Self.take(command, folder)
    #expect(outcome.status == 0 && count == 6, "\(outcome)")
  }

  @Test(
    "without the libraries, what needs them is named with what to install, and the exit code is 3",
    arguments: ["embed", "match", "index"])
  func phoneFolderWithoutLibraries(_ command: String) throws {
    let folder = try Self.phone()
    let (count, outcome) = try Self.take(command, folder, environment: Self.without)
    #expect(outcome.status == 3 && count == 4, "\(outcome)")
    let words = outcome.errors + outcome.output
    #expect(words.contains("IMG_0001.HEIC") && words.contains("IMG_0005.DNG"))
    #expect(words.contains("apt-get install libheif1"), "\(outcome)")
    #expect(words.contains("apt-get install libraw-bin"), "\(outcome)")
  }

  @Test("what cannot be read is named and counted", arguments: ["embed", "match", "index"])
  func unreadable(_ command: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.fixture("grey.jpg"), to: "DCIM/good.jpg")
    try folder.write(Self.fixture("grey.jpg"), to: "DCIM/folder.jpg/no-ending")
    try folder.write("no picture", to: "DCIM/text.heic")
    mkfifo(folder.path + "/DCIM/pipe.jpg", 0o600)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/DCIM/gone.jpg", withDestinationPath: "/nowhere")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/DCIM/loop", withDestinationPath: "..")
    let (count, outcome) = try Self.take(command, folder)
    #expect(outcome.status == 3 && count == 2, "\(outcome)")
    for name in ["text.heic", "pipe.jpg", "gone.jpg"] {
      #expect((outcome.errors + outcome.output).contains(name), "\(name): \(outcome)")
    }
    #expect(!(outcome.errors + outcome.output).contains("Error Domain"))
  }

  @Test("a link to a folder is that folder", arguments: ["embed", "match", "index"])
  func linkedFolder(_ command: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.fixture("grey.jpg"), to: "elsewhere/a.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/DCIM", withDestinationPath: "elsewhere")
    let (count, outcome) = try Self.take(command, folder)
    #expect(outcome.status == 0 && count == 1, "\(outcome)")
  }

  @Test("a damaged picture that can be read is taken with a warning, and is no failure")
  func damaged() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.fixture("wide.jpg").dropLast(2), to: "DCIM/cut.jpg")
    for command in ["embed", "match"] {
      let (count, outcome) = try Self.take(command, folder)
      #expect(outcome.status == 0 && count == 1, "\(outcome)")
      #expect(outcome.errors.contains("warning: \(folder.path)/DCIM/cut.jpg: "), "\(outcome)")
      #expect(outcome.errors.contains("1 picture was read though damaged"), "\(outcome)")
    }
    let (count, outcome) = try Self.take("index", folder)
    #expect(outcome.status == 0 && count == 1, "\(outcome)")
    #expect(outcome.output.contains("end marker is missing"), "\(outcome)")
  }

  @Test("a data set is made of a folder by the same rule")
  func datasetImport() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.fixture("grey.jpg"), to: "elsewhere/a.HEIC")
    try folder.write("一只猫\n", to: "elsewhere/a.txt")
    try folder.write(Self.fixture("rgb.png"), to: "elsewhere/b.jfif")
    try folder.write("海边\n", to: "elsewhere/b.txt")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/pictures", withDestinationPath: "elsewhere")
    let outcome = try Command.run(
      "dataset", "import", folder.path + "/pictures", "--output", folder.path + "/data", "--quiet")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("2 pictures"), "\(outcome)")
  }
}
