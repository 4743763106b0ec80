import CLIPModels
import Files
import Foundation
import Torch

/// What builds TensorRT's engines of exported files, on the machine that has the card, and compares
/// them with the model there.
public struct TensorRTFiles: Sendable {
  /// What is built of one encoder's file.
  struct Engine: Sendable {
    let encoder: ExportedEncoder
    /// The file's name.
    let file: String
    /// The input's sizes after the batch.
    let sizes: [Int]
  }

  let engines: [Engine]
  let batch: Int?

  /// The versions that lines are given for.
  public static let versions = [8, 9, 10, 11]

  /// The lines that build the engines.
  ///
  /// From version 11 on the precision is what the graph says. Version 10 has to be told to obey it, and
  /// older ones choose themselves where a file is `fp32` and `--fp16` allows it.
  /// Source: the release notes of TensorRT 8.6, 10.0 and 11.0.
  public func lines(version: Int) -> [String] {
    engines.map { engine in
      let engineFile = String(engine.file.dropLast(".onnx".count)) + ".plan"
      var words = ["trtexec", "--onnx=\(engine.file)"]
      if batch == nil {
        let batches = engine.encoder == .image ? [1, 32, 128] : [1, 64, 256]
        for (bound, count) in zip(["min", "opt", "max"], batches) {
          let shape = ([count] + engine.sizes).map(String.init).joined(separator: "x")
          words.append("--\(bound)Shapes=\(engine.encoder.rawValue):\(shape)")
        }
      }
      if version <= 9 { words += ["--fp16", "--memPoolSize=workspace:4096"] }
      if version == 10 { words.append("--stronglyTyped") }
      return (words + ["--saveEngine=\(engineFile)"]).joined(separator: " ")
    }
  }

  /// Writes the lines as a script, samples with the model's features, and a program that compares.
  ///
  /// - Parameters:
  ///   - folder: where to, inside the folder of the files.
  ///   - samples: what each encoder is tried with.
  /// - Throws: `FileError`, `TorchError`.
  func write(to folder: URL, samples: [ExportedEncoder: TowerSamples]) throws {
    for engine in engines {
      guard let samples = samples[engine.encoder] else { continue }
      let name = engine.encoder.rawValue
      try Self.write(samples.input, to: folder.appending(path: "\(name).npy"))
      try Self.write(samples.expected, to: folder.appending(path: "\(name)_features.npy"))
    }
    for (name, text) in [("build.sh", script), ("parity.py", Self.parity)] {
      let file = try AtomicFile(folder.appending(path: name), makesFolder: true)
      try file.write(text)
      try file.commit()
    }
  }

  private static func write(_ tensor: Tensor, to url: URL) throws {
    let columns = tensor.count / max(1, tensor.shape[0])
    let writer = try NumPyWriter(url, columns: columns, makesFolder: true)
    let numbers = try tensor.to(.float32).scalars(Float.self)
    for start in stride(from: 0, to: numbers.count, by: columns) {
      try writer.write(numbers[start..<start + columns])
    }
    try writer.commit()
  }

  /// A shell script that builds the engines with the version that it is told.
  private var script: String {
    let cases = Self.versions.map { version in
      let body = lines(version: version).map {
        "    \($0.replacingOccurrences(of: "--onnx=", with: "--onnx=../"))\n"
      }
      return "  \(version))\n\(body.joined())    ;;\n"
    }
    return """
      #!/bin/sh
      # Builds TensorRT engines of the ONNX files in the folder above:  sh build.sh 11
      # Versions 8 and 9 choose the precision themselves: export fp32 with --opset 17 for them, and
      # expect the text vector to drift. From version 10 on the precision is what the file says.
      set -eu
      cd "$(dirname "$0")"
      case "${1:-}" in
      \(cases.joined())  *)
          echo "usage: sh $0 8|9|10|11" >&2
          exit 64
          ;;
      esac

      """
  }

  /// A program for the machine that has the card; samples and our features lie beside it.
  private static let parity = """
    \"""Compares TensorRT engines with the model that they were made of:  python parity.py

    Needs the Python packages tensorrt (8.6 or newer), numpy and torch with CUDA.
    \"""
    import pathlib
    import sys

    import numpy
    import tensorrt
    import torch

    here = pathlib.Path(__file__).resolve().parent
    runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.WARNING))
    worst = 1.0
    for path in sorted(here.glob("*.plan")):
        engine = runtime.deserialize_cuda_engine(path.read_bytes())
        context = engine.create_execution_context()
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        source = next(n for n in names if engine.get_tensor_mode(n) == tensorrt.TensorIOMode.INPUT)
        target = next(n for n in names if n != source)
        samples = torch.from_numpy(numpy.load(here / f"{source}.npy"))
        expected = torch.from_numpy(numpy.load(here / f"{source}_features.npy"))
        kind = {tensorrt.int32: torch.int32, tensorrt.uint8: torch.uint8}.get(
            engine.get_tensor_dtype(source), torch.float32)
        sizes = list(engine.get_tensor_shape(source))
        batch = len(samples) if sizes[0] < 0 else sizes[0]
        for start in range(0, len(samples), batch):
            rows = torch.arange(start, start + batch) % len(samples)
            given = samples[rows].reshape([batch] + sizes[1:]).to(kind).cuda().contiguous()
            found = torch.empty((batch, expected.shape[1]), dtype=torch.float32, device="cuda")
            if sizes[0] < 0:
                context.set_input_shape(source, tuple(given.shape))
            context.set_tensor_address(source, given.data_ptr())
            context.set_tensor_address(target, found.data_ptr())
            context.execute_async_v3(torch.cuda.current_stream().cuda_stream)
            torch.cuda.synchronize()
            cosines = torch.nn.functional.cosine_similarity(found.cpu(), expected[rows])
            for row, cosine in zip(rows.tolist(), cosines.tolist()):
                print(f"{path.name}  sample {row}  cosine {cosine:.6f}")
                worst = min(worst, cosine)
    sys.exit(0 if worst >= 0.999 else f"an engine differs from the model: cosine {worst:.6f}")

    """
}
