import CLIPData
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
  /// - Parameter pictures: whether the batches bring pixels; false: features from a cache, which take
  ///   next to nothing.
  /// - Returns: bytes for each pair, and bytes besides.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  func passMemory(pictures: Bool) throws -> PassMemory {
    let random = try RandomState(device: device)
    // A first pass makes what is made once.
    _ = try passBytes(pairs: 1, pictures: pictures)
    let (few, more) = (1, 3)
    let small = try passBytes(pairs: few, pictures: pictures)
    let large = try passBytes(pairs: more, pictures: pictures)
    try learned.clearGradients()
    try random.restore()
    let pair = max(1, (large - small + more - few - 1) / (more - few))
    return PassMemory(pair: pair, fixed: max(0, small - few * pair))
  }

  private func passBytes(pairs: Int, pictures: Bool) throws -> Int {
    try learned.clearGradients()
    let batch = try madeUp(pairs)
    return try peakTensorBytes {
      // A whole batch holds both graphs at once.
      let passes = try (pictures ? [imagePass(batch)] : []) + [textPass(batch)]
      for pass in passes { try goBack(through: pass) }
    }
  }

  private func goBack(through pass: TowerPass) throws {
    try pass.backward(
      pass.features.map { tensor throws(TorchError) in
        try .full(tensor.shape, 1, device: tensor.device)
      })
  }

  private func madeUp(_ count: Int) throws -> TrainingBatch {
    let size = model.preprocessor.size
    let text = String(repeating: "图", count: model.tokenizer.contextLength)
    let texts = Array(repeating: text, count: count)
    let numbers = (0..<count).map(Int64.init)
    return TrainingBatch(
      pictures: .pixels(
        try Tensor(
          [UInt8](repeating: 0, count: count * size * size * 3), shape: [count, size, size, 3])),
      tokens: model.tokenizer(texts), texts: { texts }, imageKeys: numbers, textKeys: numbers,
      imageIDs: numbers, textIDs: numbers, place: TrainingPosition(), replacements: [])
  }
}
