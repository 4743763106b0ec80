import Testing

/// One test after another: LibTorch's generator of random numbers is the whole process's.
@Suite(.serialized) enum TrainingTests {}
