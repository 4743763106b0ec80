import CLIPData

/// Gives the batches of a stage one after another, without end.
///
/// What it gives depends on the data, the seed and the position alone.
protocol BatchSource: AnyObject {
  /// The position after the batches given so far: what a checkpoint has to keep.
  var position: TrainingPosition { get }

  /// The next batch; waits until it is there.
  func next() throws -> TrainingBatch
}
