/// What a report says of a finding; a finding that it does not mention has none.
///
/// Numbers are CheXpert's (Irvin et al., *CheXpert*, 2019, section 3).
public enum FindingState: Int, Sendable, Codable, CaseIterable {
  case absent = 0
  case present = 1
  case uncertain = -1
}
