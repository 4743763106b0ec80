/// A line of a list: where a picture is, and what is said of it.
package struct ListRow: Sendable, Equatable {
  /// The address as the list has it.
  package var address = ""
  /// The caption; nil where the list has none.
  package var caption: String?
  /// Further columns that were asked for, as JSON, in their order.
  package var columns: [String] = []
  /// Why the line cannot be used; nil: it can.
  package var problem: String?

  package init(
    address: String = "", caption: String? = nil, columns: [String] = [], problem: String? = nil
  ) {
    self.address = address
    self.caption = caption
    self.columns = columns
    self.problem = problem
  }
}

/// Which columns of a list are read.
package struct ListColumns: Sendable, Equatable, Codable {
  /// Name of the column of addresses, or its number from 1; a usual name if nil.
  package var address: String?
  /// Name of the column of captions, or its number from 1; a usual name if nil.
  package var caption: String?
  /// Whether the list's pictures have no captions.
  package var hasNoCaptions: Bool
  /// Names of further columns to keep.
  package var others: [String]

  package init(
    address: String? = nil, caption: String? = nil, hasNoCaptions: Bool = false,
    others: [String] = []
  ) {
    self.address = address
    self.caption = caption
    self.hasNoCaptions = hasNoCaptions
    self.others = others
  }
}

/// Hands out the rows of one list.
protocol ListReader {
  /// The next row; nil after the last.
  mutating func next() throws -> ListRow?
  /// Passes over rows.
  mutating func skip(_ count: Int) throws
  /// How many rows come still; nil where nobody knows before the end.
  var rowsLeft: Int? { get }
  /// How much of the list has been read, 0 to 1.
  var share: Double { get }
}

extension ListReader {
  mutating func skip(_ count: Int) throws {
    for _ in 0..<count { guard try next() != nil else { return } }
  }
}
