import CLibFuzzer
import Foundation
import FuzzTargets

/// `fuzz TARGET [libFuzzer's options] [corpus folders or files to replay]`; see `make fuzz`.
@main
struct Fuzz {
  nonisolated(unsafe) private static var target: FuzzTarget?

  static func main() {
    let names = FuzzTarget.all.map(\.name)
    guard CommandLine.arguments.count > 1,
      let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
    else {
      print(names.joined(separator: "\n"))
      exit(CommandLine.arguments.dropFirst().first == "--list" ? 0 : 2)
    }
    Self.target = target
    // The name of the target is ours, not libFuzzer's.
    let arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
    var count = Int32(arguments.count)
    var list =
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: arguments.count + 1) as UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    for (index, argument) in arguments.enumerated() { list?[index] = strdup(argument) }
    list?[arguments.count] = nil
    exit(
      LLVMFuzzerRunDriver(&count, &list) { bytes, size in
        Fuzz.target?.run(UnsafeRawBufferPointer(start: bytes, count: size))
        return 0
      })
  }
}
