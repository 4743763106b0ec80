import Files

/// The rows of a file, one after another.
public struct ParquetRows {
  private let file: ParquetFile
  private let columns: [Int]
  private var group = -1
  /// Rows of the group that are still to come.
  private var rest = 0
  private var cursors: [ColumnCursor] = []

  init(_ file: ParquetFile, columns: [Int]) {
    self.file = file
    self.columns = columns
  }

  /// The next row's values, in the order in which the columns were asked for; nil after the last.
  ///
  /// - Throws: ``ParquetError``.
  public mutating func next() throws(ParquetError) -> [ParquetValue]? {
    while rest == 0 {
      guard beginGroup() else { return nil }
    }
    rest -= 1
    var row: [ParquetValue] = []
    row.reserveCapacity(columns.count)
    for index in cursors.indices {
      do { row.append(try cursors[index].next()) } catch {
        let name = ParquetProblem.quoted(file.columns[columns[index]].name)
        throw error.error(path: file.path, within: "row group \(group), column \(name)")
      }
    }
    return row
  }

  /// Passes over rows; whole row groups cost nothing.
  ///
  /// - Parameter count: how many.
  /// - Throws: ``ParquetError``.
  public mutating func skip(_ count: Int) throws(ParquetError) {
    var left = count
    while left > 0 {
      if rest == 0 {
        let following = group + 1
        let groups = file.metadata.rowGroups
        guard following < groups.count else { return }
        if groups[following].rowCount <= left {
          left -= groups[following].rowCount
          group = following
          continue
        }
      }
      guard try next() != nil else { return }
      left -= 1
    }
  }

  private mutating func beginGroup() -> Bool {
    guard group + 1 < file.metadata.rowGroups.count else { return false }
    if group >= 0 { release(group) }
    group += 1
    let content = file.metadata.rowGroups[group]
    rest = content.rowCount
    cursors = columns.compactMap { index in
      let column = file.columns[index]
      guard let storage = column.storage, let leaf = file.metadata.leaves[index] else { return nil }
      return ColumnCursor(
        file.file, content.chunks[leaf], storage, isOptional: column.isOptional)
    }
    return true
  }

  /// Gives the pages of a row group back to the system.
  private func release(_ group: Int) {
    for chunk in file.metadata.rowGroups[group].chunks {
      file.file.discard(chunk.start..<chunk.start + chunk.size)
    }
  }
}
