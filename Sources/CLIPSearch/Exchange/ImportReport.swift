/// What an import came to.
public struct ImportReport: Sendable, Codable, Equatable {
  /// Something that was not taken in.
  public struct Omission: Sendable, Codable, Equatable {
    /// The file, and the first of its rows or lines that it is about.
    public var source: String
    /// Why.
    public var reason: String
    /// How many rows or lines.
    public var count: Int
  }

  /// Pictures, or captions, that were taken in.
  public var taken = 0
  /// What was left out.
  public var omissions: [Omission] = []
  /// Pictures that were taken in whose files are there, but in no folder that the library may show.
  public var outside = 0
  /// The folder of the first of these.
  public var outsideFolder: String?

  /// A report of nothing yet.
  public init() {}

  /// Rows or lines that were left out.
  public var omitted: Int { omissions.reduce(0) { $0 + $1.count } }

  /// Leaves something out; rows of one file with one reason become one omission.
  mutating func omit(_ source: String, row: Int? = nil, count: Int = 1, _ reason: String) {
    if row != nil,
      let index = omissions.lastIndex(where: {
        $0.reason == reason && $0.source.hasPrefix(source + ", row ")
      })
    {
      omissions[index].count += count
    } else {
      omissions.append(
        Omission(
          source: source + (row.map { ", row \($0)" } ?? ""), reason: reason, count: count))
    }
  }
}
