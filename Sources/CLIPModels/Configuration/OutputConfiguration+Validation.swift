extension OutputConfiguration {
  /// What keeps this from standing between a trunk and a space of so many dimensions; nil if nothing
  /// does.
  func problem(over shape: TrunkShape, dimension: Int) -> String? {
    if let layers {
      let places = layers.places(among: shape.layerWidths.count)
      guard !places.isEmpty, Set(places).count == places.count,
        places.allSatisfy({ shape.layerWidths.indices.contains($0) })
      else { return "layers must name some of 0…\(shape.layerWidths.count - 1), each once" }
      guard places.allSatisfy({ shape.layerWidths[$0] == shape.width }) else {
        return "layers must have the width of the last, \(shape.width)"
      }
    }
    func heads(_ heads: Int) -> String? {
      heads > 0 && shape.width.isMultiple(of: heads)
        ? nil : "pooling needs heads that divide the width of \(shape.width)"
    }
    switch pooling {
    case .first, .pooler:
      if !shape.hasClassToken { return "pooling needs a token that stands for the whole" }
    case .last:
      if shape.places != nil { return "the last token is for texts" }
    case .attention(let count):
      if shape.places == nil { return "the attention pool is for pictures" }
      if let problem = heads(count) { return problem }
    case .map(let count, let mlpWidth, _):
      if let problem = heads(count) { return problem }
      if !(1...65_536).contains(mlpWidth) { return "pooling's mlp_width must be in 1…65536" }
    case .mean, .max, nil: break
    }
    if let tokens, tokens.place(among: shape.layerWidths.count) == nil {
      return "tokens must come from a layer of 0…\(shape.layerWidths.count - 1)"
    }
    if let problem = reducer?.problem(over: shape, dimension: dimension) { return problem }
    switch head {
    case .none?:
      if case .attention = pooling { break }
      if shape.width != dimension {
        return "without a head, embedding_dimension must be the width, \(shape.width)"
      }
    case .mlp(let width, _):
      if !(1...65_536).contains(width) { return "the head's width must be in 1…65536" }
    case .linear, nil: break
    }
    return nil
  }
}
