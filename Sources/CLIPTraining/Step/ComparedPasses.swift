import CLIPModels
import Torch

/// The passes of a batch with what is compared of their features: all, or the tokens that an
/// interaction chooses among the worker's own samples, before workers exchange them.
struct ComparedPasses {
  /// A pass, and what is compared of its features.
  struct Pass {
    /// Without a graph.
    let features: Features
    private let pass: TowerPass
    private let selection: TokenSelection?

    init(_ pass: TowerPass, selection: TokenSelection? = nil) throws(TorchError) {
      self.pass = pass
      self.selection = selection
      features = try selection?(pass.features) ?? pass.features
    }

    /// Adds to the encoder's gradients, given that of ``features``.
    func backward(_ gradient: Features) throws {
      try pass.backward(selection?.spread(gradient, over: pass.features) ?? gradient)
    }
  }

  let images: Pass?
  let texts: [Pass]

  init(images: TowerPass?, texts: [TowerPass], by interaction: any Interaction) throws {
    guard let images, !texts.isEmpty,
      let chosen = try interaction.selection(
        images: images.features, texts: .concatenated(texts.map(\.features)))
    else {
      self.images = try images.map { try Pass($0) }
      self.texts = try texts.map { try Pass($0) }
      return
    }
    self.images = try Pass(images, selection: chosen.images)
    var start = 0
    self.texts = try texts.map { text in
      defer { start += text.features.count }
      return try Pass(
        text, selection: chosen.texts.sliced(start..<start + text.features.count))
    }
  }
}

extension TokenSelection {
  /// The gradient of all tokens from that of the chosen ones: zero elsewhere.
  fileprivate func spread(
    _ gradient: Features, over features: Features
  ) throws(TorchError) -> Features {
    guard let tokens = features.tokens, let chosen = gradient.tokens else { return gradient }
    let leaf = try Tensor.zeros(tokens.shape, dtype: tokens.dtype, device: tokens.device)
    try leaf.setRequiresGradient(true)
    var all = features
    all.tokens = leaf
    try self(all).tokens.map { picked throws(TorchError) in
      try (picked * chosen).sum().backward()
    }
    var spread = gradient
    spread.tokens = try leaf.gradient()
    spread.valid = features.valid
    spread.special = features.special
    return spread
  }
}
