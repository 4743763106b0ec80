import Files

/// Text in aligned columns, for people.
struct Table {
  /// Which side of a column its text keeps to.
  enum Alignment {
    case left
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// - Parameter alignments: one for each column.
  init(_ alignments: [Alignment]) {
    self.alignments = alignments
  }

  /// Adds a row with one cell for each column.
  mutating func add(_ cells: String...) {
    add(cells: cells)
  }

  /// Adds a row with one cell for each column; what a terminal would obey is shown instead.
  mutating func add(cells: [String]) {
    rows.append(cells.map(\.showingControls))
  }

  /// The rows, one a line, two spaces between columns.
  var text: String {
    let widths = alignments.indices.map { column in
      rows.map { $0[column].terminalWidth }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].terminalWidth)
        return alignments[column] == .left ? row[column] + padding : padding + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

extension String {
  /// Columns that the text takes on a terminal, where Chinese characters take two.
  var terminalWidth: Int {
    unicodeScalars.reduce(0) { width, scalar in
      switch scalar.value {
      case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
        0x20000...0x3FFFD:
        width + 2
      default:
        scalar.properties.generalCategory == .nonspacingMark ? width : width + 1
      }
    }
  }
}
