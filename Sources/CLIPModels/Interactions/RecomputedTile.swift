import Torch

/// What a body makes of a tile of pairs, of which the backward pass computes everything again.
func recomputedTile(
  _ first: ComparedTokens, _ second: ComparedTokens,
  _ body: @escaping (ComparedTokens, ComparedTokens) throws(TorchError) -> Tensor
) throws(TorchError) -> Tensor {
  let shapes = (first.tokens.shape, second.tokens.shape)
  do {
    // One input, so that the gradients of both sides leave by it.
    let joined = try Tensor.concatenated([
      first.tokens.reshaped(-1, shapes.0[2]), second.tokens.reshaped(-1, shapes.1[2]),
    ])
    return try recomputed(joined) { joined in
      let cut = shapes.0[0] * shapes.0[1]
      return try body(
        ComparedTokens(tokens: joined.sliced(0..<cut).reshaped(shapes.0), valid: first.valid),
        ComparedTokens(
          tokens: joined.sliced(cut..<joined.shape[0]).reshaped(shapes.1), valid: second.valid))
    }
  } catch let error as TorchError {
    throw error
  } catch {
    throw TorchError("\(error)")
  }
}
