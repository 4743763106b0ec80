import CLIPData

/// Where the columns of a list are that are read.
struct ColumnPlaces {
  let address: Int
  /// nil where the list has no captions.
  let caption: Int?
  let others: [Int]

  /// Finds the columns.
  ///
  /// - Parameters:
  ///   - columns: what was asked for.
  ///   - header: the names there are.
  ///   - path: of the list.
  /// - Throws: ``FetchError/badList(path:problem:)``.
  init(_ columns: ListColumns, in header: [String], path: String) throws(FetchError) {
    func index(_ choice: String?, _ names: ColumnNames) throws(FetchError) -> Int {
      guard let index = names.index(choice, in: header) else {
        throw .badList(path: path, problem: names.missing(choice, in: header))
      }
      return index
    }
    address = try index(columns.address, .address)
    caption = columns.hasNoCaptions ? nil : try index(columns.caption, .caption)
    var others: [Int] = []
    for name in columns.others { others.append(try index(name, .address)) }
    self.others = others
  }
}
