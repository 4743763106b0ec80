import ArgumentParser
import Files
import Foundation
import Torch

/// `cnclip devices`.
struct DevicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "List what a model can compute on, and say why CUDA is not used.",
    discussion: """
      The names are those that --device takes. 'auto' means the first CUDA device, else the CPU.

      Example: cnclip devices --json
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let state = CUDA.state
    let devices = [Self.cpu] + (0..<CUDA.count).map(Self.cuda)
    if json {
      print(String(decoding: try JSONEncoder.forResults.encode(devices), as: UTF8.self))
    } else {
      var table = Table([.left, .left, .right, .left])
      for device in devices {
        table.add(
          device.device, device.name.showingControls, device.memory.map(Self.gigabytes) ?? "",
          device.capability)
      }
      print(table.text)
    }
    if let advice = DeviceFallback.advice(for: state) {
      StandardError.line("\(state). \(advice)")
    }
  }

  private struct Description: Encodable {
    let device: String
    let name: String
    /// In bytes.
    let memory: UInt64?
    let capability: String
  }

  private static var cpu: Description {
    let bf16 = LibTorch.cpuHasFastBFloat16 ? "bf16" : "no bf16"
    return Description(
      device: "\(Device.cpu)", name: processorName, memory: ProcessInfo.processInfo.physicalMemory,
      capability: "\(LibTorch.cpuCapability), \(bf16), \(LibTorch.threads) threads")
  }

  private static func cuda(_ index: Int) -> Description {
    let facts = CUDA.facts(of: index)
    return Description(
      device: "\(Device.cuda(index))", name: facts?.name ?? "the driver does not say",
      memory: facts?.memory, capability: facts.map { "compute capability \($0.capability)" } ?? "")
  }

  /// What the system calls its processor; some systems do not say.
  private static var processorName: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = lines.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "processor"
  }

  private static func gigabytes(_ bytes: UInt64) -> String {
    String(format: "%.1f GB", Double(bytes) / 1e9)
  }
}
