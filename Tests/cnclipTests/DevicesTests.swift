import Foundation
import TestSupport
import Testing

@Suite("cnclip devices")
struct DevicesTests {
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")

  /// A CUDA half that is no library: the loader's own words for it are the reason.
  private func broken(_ folder: TemporaryFolder) throws -> [String: String] {
    try folder.write("not a library", to: "lib/libtorch_cuda.so")
    return ["LD_LIBRARY_PATH": folder.url.appending(path: "lib").path]
  }

  @Test("The CPU is listed with its memory and instructions, in words and in JSON")
  func list() throws {
    let words = try Command.run(["devices"])
    #expect(words.status == 0 && words.output.hasPrefix("cpu "), "\(words)")
    let json = try Command.run(["devices", "--json"])
    let devices = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    let first = try #require(devices.first)
    #expect(first["device"] as? String == "cpu")
    #expect((first["memory"] as? Int ?? 0) > 1 << 20)
  }

  @Test("A CUDA half that cannot be loaded gives the loader's reason when it is asked for")
  func unloadable() throws {
    let folder = try TemporaryFolder()
    let environment = try broken(folder)
    let listed = try Command.run(["devices"], environment: environment)
    #expect(listed.status == 0 && listed.errors.contains("lib/libtorch_cuda.so"), "\(listed)")
    #expect(listed.errors.contains("LD_LIBRARY_PATH"))
    let arguments = ["match", "tiger.jpg", "--texts", "老虎", "--device"]
    let asked = try Command.run(
      arguments + ["cuda"], in: Self.pictures, environment: environment)
    #expect(asked.status == 1 && asked.output.isEmpty, "\(asked)")
    #expect(asked.errors.contains("lib/libtorch_cuda.so"))
    #expect(asked.errors.contains("LD_LIBRARY_PATH"))
  }

  @Test("'auto' says in one line that it falls back, 'cpu' says nothing")
  func fallback() throws {
    let folder = try TemporaryFolder()
    let environment = try broken(folder)
    let arguments = ["match", "tiger.jpg", "--texts", "老虎", "--device"]
    let automatic = try Command.run(
      arguments + ["auto"], in: Self.pictures, environment: environment)
    #expect(automatic.status == 0 && automatic.output.contains("老虎"), "\(automatic)")
    #expect(automatic.errors.split(separator: "\n").count == 1)
    #expect(automatic.errors.contains("computing on the CPU"))
    let cpu = try Command.run(arguments + ["cpu"], in: Self.pictures, environment: environment)
    #expect(cpu.status == 0 && cpu.errors.isEmpty, "\(cpu)")
  }
}
