import Files
import Foundation

/// Sentences about pictures in general, against which a text must hold its own: a softmax over two
/// wrong labels still sums to one, a share against these does not.
package enum BackgroundPrompts {
  /// The sentences of the resource, one a line; lines that begin with `#` are notes.
  package static func bundled() throws(ModelError) -> [String] {
    let url = try PromptLines.resource("background.txt")
    do {
      return PromptLines.numbered(try TextFile(url)).map(\.text)
    } catch {
      throw ModelError.prompts(source: url.path, problem: "it cannot be read")
    }
  }

  /// A text's share among all sentences for one picture: the first element of
  /// `softmax(multiplier * [score, background…])`, or its own probability in a model with a bias.
  package static func probability(
    of score: Float, against background: [Float], scale: LogitScale
  ) -> Float {
    scale.probabilities(of: [score] + background)[0]
  }
}
