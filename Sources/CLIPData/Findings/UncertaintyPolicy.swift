/// What becomes of findings that a report leaves open, -1 in CheXpert's tables.
///
/// Source: Irvin et al., *CheXpert*, 2019, section 4.1 (U-Zeros, U-Ones, U-Ignore).
public enum UncertaintyPolicy: String, Sendable, CaseIterable, Codable {
  /// They count as absent.
  case zeros
  /// They count as present.
  case ones
  /// They count as not mentioned.
  case ignore

  /// A state as a number that targets compare: 1 present, -1 absent, 0 not known or not mentioned.
  public func number(_ state: FindingState?) -> Float {
    switch state {
    case .present: 1
    case .absent: -1
    case nil: 0
    case .uncertain:
      switch self {
      case .zeros: -1
      case .ones: 1
      case .ignore: 0
      }
    }
  }
}
