import CLIPModels
public import Torch

/// What is minimised: a weighted sum of terms over the pairs of a batch.
public struct Objective: Sendable {
  /// The terms, each with how much it counts.
  public var terms: [(weight: Double, term: any ObjectiveTerm)]
  /// Which captions a picture is compared with, and the other way round.
  public var negatives: ObjectiveConfiguration.Negatives

  /// Joins terms.
  public init(
    _ terms: [(weight: Double, term: any ObjectiveTerm)],
    negatives: ObjectiveConfiguration.Negatives = .global
  ) {
    self.terms = terms
    self.negatives = negatives
  }

  /// What all terms together ask for.
  public var needs: ObjectiveNeeds {
    terms.reduce(into: ObjectiveNeeds()) { if $1.weight > 0 { $0.formUnion($1.term.needs) } }
  }

  /// A part of the batch's loss; the parts of all rows add up to the whole.
  package struct Part {
    /// A scalar that gradients flow through.
    package let loss: Tensor
    /// Rows whose best answer was right, both ways; nil where no term compares pictures with texts.
    package let correct: (imageToText: Tensor, textToImage: Tensor)?
  }

  /// The share of some rows in the loss of a batch, which is the mean over its rows.
  ///
  /// - Parameters:
  ///   - batch: the whole batch.
  ///   - rows: the rows of this worker.
  /// - Returns: the loss and how many rows found their own pair.
  /// - Throws: ``TrainingError/objective(_:)`` for facts that the batch lacks; `TorchError`.
  package func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Part {
    let share = 1 / Double(batch.count)
    var loss: Tensor?
    var correct: (imageToText: Tensor, textToImage: Tensor)?
    for (weight, term) in terms where weight > 0 {
      let value = try term(batch, rows: rows)
      let weighted = try value.loss * weight * share
      loss = try loss.map { try $0 + weighted } ?? weighted
      if correct == nil { correct = value.correct }
    }
    guard let loss else { throw TrainingError.objective("no term of the objective counts") }
    return Part(loss: loss, correct: correct)
  }
}

/// What a term asks for beside embeddings.
public struct ObjectiveNeeds: OptionSet, Sendable {
  /// The needs as bits.
  public let rawValue: Int
  /// Features of every token.
  public static let tokens = ObjectiveNeeds(rawValue: 1)
  /// Embeddings as they were before they got unit length.
  public static let raw = ObjectiveNeeds(rawValue: 2)
  /// A teacher's features of pictures.
  public static let taughtImages = ObjectiveNeeds(rawValue: 4)
  /// A teacher's features of texts.
  public static let taughtTexts = ObjectiveNeeds(rawValue: 8)

  /// Names a set by its bits.
  public init(rawValue: Int) {
    self.rawValue = rawValue
  }
}

/// One term of an objective.
public protocol ObjectiveTerm: Sendable {
  /// What it asks for beside embeddings.
  var needs: ObjectiveNeeds { get }

  /// The sum of the term over some rows of a batch.
  ///
  /// - Parameters:
  ///   - batch: the whole batch.
  ///   - rows: the rows of this worker.
  /// - Returns: a scalar that gradients flow through, and how many rows found their own pair.
  /// - Throws: ``TrainingError/objective(_:)`` for facts that the batch lacks; `TorchError`.
  func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> TermValue
}

/// What a term gives for some rows.
public struct TermValue {
  /// The sum over the rows, a scalar.
  public var loss: Tensor
  /// Rows whose best answer was right, both ways; nil where the term compares nothing.
  public var correct: (imageToText: Tensor, textToImage: Tensor)?

  /// Joins the two.
  public init(loss: Tensor, correct: (imageToText: Tensor, textToImage: Tensor)? = nil) {
    self.loss = loss
    self.correct = correct
  }
}
