/// What to do with a line or a picture that cannot be used.
public enum DamagePolicy: Sendable, Equatable {
  /// Stop with the first problem. The default: a recall over silently fewer pictures is a wrong number.
  case fail
  /// Leave it out and note the problem.
  case skip
}
