import CLIPImages
import CLIPModels
import CLIPText
import Torch
import TorchNN

extension TrainingStep {
  /// What the pass of some pairs through the encoders takes, forwards and back.
  struct PassMemory: Hashable, Sendable {
    /// Bytes for each pair: its activations, pictures and captions together.
    var pair: Int
    /// Bytes whatever the number of pairs, as the gradients of the weights.
    var fixed: Int

    /// The bytes of some pairs.
    func bytes(of pairs: Int) -> Int { fixed + pairs * pair }
  }

  /// Measures the memory of a pass on made-up pairs, the captions as long as the context.
  ///
  /// Nothing changes: gradients are cleared, random numbers go on as if nothing had been.
  ///
  /// - Parameters:
  ///   - pictures: whether the batches bring pixels; false: features from a cache, which take next to
  ///     nothing, or no pictures.
  ///   - texts: how many texts each sample has.
  /// - Returns: bytes for each pair, and bytes besides.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  func passMemory(pictures: Bool, texts: Int) throws -> PassMemory {
    let random = try RandomState(device: device)
    // A first pass makes what is made once.
    _ = try passBytes(of: 1, pictures: pictures, texts: texts)
    let (few, more) = (1, 3)
    let small = try passBytes(of: few, pictures: pictures, texts: texts)
    let large = try passBytes(of: more, pictures: pictures, texts: texts)
    try learned.clearGradients()
    try random.restore()
    let pair = max(1, (large - small + more - few - 1) / (more - few))
    return PassMemory(pair: pair, fixed: max(0, small - few * pair))
  }

  private func passBytes(of pairs: Int, pictures: Bool, texts: Int) throws -> Int {
    try learned.clearGradients()
    let size = model.preprocessor.size
    let pixels = try Tensor(
      [UInt8](repeating: 0, count: pairs * size * size * 3), shape: [pairs, size, size, 3])
    let text = String(repeating: "图", count: model.tokenizer.contextLength)
    let tokens = model.tokenizer(Array(repeating: text, count: pairs))
    return try peakTensorBytes {
      // A whole batch holds all graphs at once.
      var passes: [TowerPass] = []
      if pictures {
        passes.append(try pass([{ try encode(pixels: pixels) }], learns: learnsImages))
      }
      for _ in 0..<texts {
        passes.append(try pass([{ try encode(tokens, rows: 0..<pairs) }], learns: learnsTexts))
      }
      for pass in passes {
        try pass.backward(
          pass.features.map { tensor throws(TorchError) in
            try .full(tensor.shape, 1, device: tensor.device)
          })
      }
    }
  }
}
