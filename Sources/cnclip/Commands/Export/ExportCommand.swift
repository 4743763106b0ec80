import ArgumentParser

/// `cnclip export`: a model for other programs' runtimes.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for other runtimes: ONNX Runtime, TensorRT, OpenVINO, Core ML.",
    subcommands: [ExportONNXCommand.self, ExportCoreMLCommand.self])
}
