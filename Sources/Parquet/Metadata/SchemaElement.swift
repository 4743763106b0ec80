/// A node of the schema's tree, as the footer lists it.
struct SchemaElement {
  private(set) var name = ""
  private(set) var childCount = 0
  private var physical: Int?
  private var length = 0
  private var repetition = 0
  private var converted: Int?
  private var logical: Int?
  private var isSigned = true

  init(_ reader: inout ThriftReader) throws(ParquetProblem) {
    var element = Self()
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch id {
      case 1: element.physical = try reader.integer(kind)
      case 2: element.length = try reader.size(kind)
      case 3: element.repetition = try reader.integer(kind)
      case 4: element.name = try reader.text(kind)
      case 5: element.childCount = try reader.size(kind)
      case 6: element.converted = try reader.integer(kind)
      case 10 where kind == .structure:
        try reader.structure { (id, kind, reader) throws(ParquetProblem) in
          element.logical = id
          guard id == Logical.integer, kind == .structure else { return try reader.skip(kind) }
          try reader.structure { (id, kind, reader) throws(ParquetProblem) in
            if id == 2 {
              element.isSigned = try reader.boolean(kind)
            } else {
              try reader.skip(kind)
            }
          }
        }
      default: try reader.skip(kind)
      }
    }
    self = element
  }

  private init() {}

  /// What the file calls the meanings that matter here.
  private enum Logical {
    static let string = 1, `enum` = 4, decimal = 5, integer = 10, json = 12, half = 15
  }

  /// A column of the table, if the element is a leaf below the root.
  func column() throws(ParquetProblem) -> ParquetColumn {
    func other(_ what: String) -> ParquetColumn {
      ParquetColumn(name: name, kind: .other(what), isOptional: repetition != 0, storage: nil)
    }
    guard childCount == 0 else { return other("a list or a structure") }
    guard repetition == 0 || repetition == 1 else { return other("a list") }
    guard let physical, let type = ColumnStorage.Physical(rawValue: physical) else {
      throw ParquetProblem("the column \(ParquetProblem.quoted(name)) has no known type")
    }
    if type == .fixed, !(1...(1 << 20)).contains(length) {
      throw ParquetProblem(
        "values of the column \(ParquetProblem.quoted(name)) have \(length) bytes")
    }
    if logical == Logical.decimal || converted == 5 { return other("decimal numbers") }
    if type == .int96 { return other("timestamps of 96 bits") }
    let (kind, meaning) = kind(of: type)
    return ParquetColumn(
      name: name, kind: kind, isOptional: repetition == 1,
      storage: ColumnStorage(physical: type, length: length, meaning: meaning))
  }

  private func kind(
    of type: ColumnStorage.Physical
  ) -> (ParquetColumn.Kind, ColumnStorage.Meaning) {
    switch type {
    case .boolean: return (.boolean, .plain)
    case .int32, .int64, .int96:
      let isUnsigned = logical == Logical.integer ? !isSigned : (11...14).contains(converted ?? 0)
      return isUnsigned ? (.unsigned, .unsigned) : (.integer, .plain)
    case .float, .double: return (.real, .plain)
    case .byteArray, .fixed:
      let texts = [Logical.string, Logical.enum, Logical.json]
      if logical.map({ texts.contains($0) }) ?? [0, 4, 19].contains(converted ?? -1) {
        return (.text, .text)
      }
      return logical == Logical.half ? (.real, .half) : (.bytes, .plain)
    }
  }
}
