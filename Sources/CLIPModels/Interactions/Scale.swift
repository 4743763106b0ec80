import Foundation
public import Torch
package import TorchNN

/// How scores become logits; a key of a model's configuration.
public struct ScaleConfiguration: Hashable, Sendable {
  /// What a score is multiplied by.
  public enum Form: Hashable, Sendable {
    /// e to a learned parameter, `logit_scale`, as in CLIP.
    case exponential(start: Double)
    /// 1 over a learned parameter, `temperature`, as in ALIGN.
    case divisor(start: Double)
    /// A number that is not learned, as in ConVIRT and GLoRIA.
    case fixed(Double)
  }

  /// What a score is multiplied by.
  public var form: Form
  /// Where a learned number starts that is added then, `logit_bias`, as in SigLIP; nil: none is.
  public var bias: Double?

  /// CLIP's: ln(1 / 0.07) at the start, nothing added.
  public static let clip = ScaleConfiguration(.exponential(start: 2.659_260_036_932_778))

  /// Names the choices.
  public init(_ form: Form, bias: Double? = nil) {
    self.form = form
    self.bias = bias
  }

  /// Whether all numbers can be computed with.
  var isPossible: Bool {
    switch form {
    case .exponential(let start): start.isFinite && bias?.isFinite ?? true
    case .divisor(let number), .fixed(let number):
      number > 0 && number.isFinite && bias?.isFinite ?? true
    }
  }
}

extension ScaleConfiguration: Codable {
  private struct Numbers: Codable {
    var start: Double?
    var value: Double?
    var bias: Double?
  }

  /// Reads `{"exponential": {"start": 2.66, "bias": -10}}`, `{"divisor": {"start": 1}}` or
  /// `{"fixed": {"value": 10}}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a scale")
    let numbers = try choice.numbers(Numbers.self)
    guard let number = choice.name == "fixed" ? numbers.value : numbers.start else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "'\(choice.name)' needs its '\(choice.name == "fixed" ? "value" : "start")'"))
    }
    switch choice.name {
    case "exponential": self.init(.exponential(start: number), bias: numbers.bias)
    case "divisor": self.init(.divisor(start: number), bias: numbers.bias)
    case "fixed": self.init(.fixed(number), bias: numbers.bias)
    default: throw choice.unknown(known: "exponential", "divisor", "fixed")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch form {
    case .exponential(let start):
      try encoder.encodeChoice("exponential", Numbers(start: start, bias: bias))
    case .divisor(let start): try encoder.encodeChoice("divisor", Numbers(start: start, bias: bias))
    case .fixed(let value): try encoder.encodeChoice("fixed", Numbers(value: value, bias: bias))
    }
  }
}

/// A model's scale with what it has learned.
public struct Scale: Sendable {
  /// What it was built from.
  public let configuration: ScaleConfiguration
  /// `logit_scale` or `temperature`, a scalar; nil where the scale is fixed.
  public let parameter: Tensor?
  /// `logit_bias`, a scalar.
  public let bias: Tensor?

  package init(_ configuration: ScaleConfiguration, in scope: Parameters.Scope) throws {
    func scalar(_ name: String, _ start: Double) throws -> Tensor {
      try scope.parameter(name, [], .constant(start), dtype: .float32)
    }
    self.configuration = configuration
    switch configuration.form {
    case .exponential(let start): parameter = try scalar("logit_scale", start)
    case .divisor(let start): parameter = try scalar("temperature", start)
    case .fixed: parameter = nil
    }
    bias = try configuration.bias.map { try scalar("logit_bias", $0) }
  }

  /// What turns scores into logits at this moment: computed once for all scores of a step.
  ///
  /// - Parameter device: where a scale that is not learned is wanted.
  /// - Returns: multiplier and bias, part of the graph.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  public func current(on device: Device = .cpu) throws(TorchError) -> CurrentScale {
    let multiplier: Tensor
    switch (configuration.form, parameter) {
    case (.exponential, let parameter?): multiplier = try parameter.exp()
    case (.divisor, let parameter?): multiplier = try parameter.power(-1)
    case (.fixed(let value), _): multiplier = try .full([], value, device: device)
    case (_, nil): throw TorchError("a learned scale has lost its parameter")
    }
    return CurrentScale(multiplier: multiplier, bias: bias)
  }

  /// The logarithm of the multiplier, as logs show it.
  package func logarithm() throws(TorchError) -> Double {
    switch (configuration.form, parameter) {
    case (.exponential, let parameter?): try parameter.item()
    default: Foundation.log(try current().multiplier.item())
    }
  }

  /// Keeps what is learned so that the multiplier's logarithm stays in a range.
  package func clamp(_ range: ClosedRange<Double>) throws(TorchError) {
    guard let parameter, parameter.requiresGradient else { return }
    try withoutGradients { () throws(TorchError) in
      switch configuration.form {
      case .exponential: try parameter.clamp(range)
      case .divisor:
        try parameter.clamp(Foundation.exp(-range.upperBound)...Foundation.exp(-range.lowerBound))
      case .fixed: break
      }
    }
  }
}

/// A scale at one moment.
public struct CurrentScale: Sendable {
  /// What scores are multiplied by, a scalar.
  public let multiplier: Tensor
  /// What is added then, a scalar; nil: nothing.
  public let bias: Tensor?

  /// Joins the two.
  public init(multiplier: Tensor, bias: Tensor? = nil) {
    self.multiplier = multiplier
    self.bias = bias
  }

  /// The logits of scores.
  public func callAsFunction(_ scores: Tensor) throws(TorchError) -> Tensor {
    let scaled = try scores * multiplier
    return try bias.map { bias throws(TorchError) in try scaled + bias } ?? scaled
  }
}
