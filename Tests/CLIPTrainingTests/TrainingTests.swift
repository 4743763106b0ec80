import TestSupport
import Testing

/// Each starts workers, trains or compares to the bit.
@Suite(.serialized, .drawsRandomNumbers) enum TrainingTests {}
