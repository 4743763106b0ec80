package import CLIPData
package import Foundation

/// The rows of several lists, one after another, in the order in which the lists were named.
package struct ListRows {
  private let lists: [ListFile]
  private let columns: ListColumns
  private let quoting: TableQuoting
  private let scratch: URL
  private var current: (any ListReader)?
  private var next = 0
  /// Rows handed out or passed over.
  package private(set) var position = 0

  /// Begins before the first row.
  ///
  /// - Parameters:
  ///   - lists: the lists.
  ///   - columns: which columns are read.
  ///   - quoting: how tables quote.
  ///   - scratch: where packed lists are unpacked.
  package init(
    _ lists: [ListFile], columns: ListColumns, quoting: TableQuoting = .automatic, scratch: URL
  ) {
    self.lists = lists
    self.columns = columns
    self.quoting = quoting
    self.scratch = scratch
  }

  /// The next rows, at most `count`; fewer only at the end.
  ///
  /// - Throws: ``FetchError``, `DataError`, `ParquetError`.
  package mutating func take(_ count: Int) throws -> [ListRow] {
    var rows: [ListRow] = []
    while rows.count < count, try open() {
      guard let row = try current?.next() else {
        current = nil
        continue
      }
      rows.append(row)
    }
    position += rows.count
    return rows
  }

  /// Passes over rows.
  ///
  /// - Throws: as ``take(_:)``.
  package mutating func skip(_ count: Int) throws {
    var left = count
    while left > 0, try open() {
      if let known = current?.rowsLeft {
        let count = min(left, known)
        try current?.skip(count)
        left -= count
        if count == known { current = nil }
        continue
      }
      guard try current?.next() != nil else {
        current = nil
        continue
      }
      left -= 1
    }
    position += count - left
  }

  /// How many rows there are in all, from what has been read; nil before anything has been.
  package var estimatedCount: Int? {
    let share =
      (Double(next) - (current == nil ? 0 : 1) + (current?.share ?? 0)) / Double(lists.count)
    guard position > 0, share > 0 else { return nil }
    return max(position, Int((Double(position) / share).rounded()))
  }

  /// Opens the next list where none is open; false after the last.
  private mutating func open() throws -> Bool {
    guard current == nil else { return true }
    guard next < lists.count else { return false }
    current = try lists[next].reader(columns, quoting: quoting, scratch: scratch)
    next += 1
    return true
  }
}
