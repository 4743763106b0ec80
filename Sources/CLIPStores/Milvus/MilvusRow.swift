import CLIPSearch
import Foundation

/// A picture as a collection holds it.
///
/// Fields are never null: what is not known is empty or 0.
struct MilvusRow {
  /// The picture's path, as a name of one length that needs no quotation.
  var key: String
  var number: Int64
  /// As the store writes it.
  var path: String
  var size: Int64 = 0
  var modified: Int64 = 0
  /// In hexadecimal digits.
  var content = ""
  var format = ""
  var width: Int64 = 0
  var height: Int64 = 0
  var taken = ""
  var camera = ""
  var caption = ""
  var tags: [String] = []
  /// A collection has a vector in every row: without one it is zeros, and `has_vector` is false.
  var vector: [Float]?

  /// The key of a path, or of any text.
  static func key(_ text: String) -> String {
    hexadecimal(PictureFile.fingerprint(Data(text.utf8)))
  }

  static func hexadecimal(_ data: Data) -> String {
    data.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }

  /// The bytes that hexadecimal digits stand for.
  static func bytes(_ digits: String) -> Data? {
    guard !digits.isEmpty else { return nil }
    let digits = Array(digits.utf8)
    return Data(
      stride(from: 0, to: digits.count - 1, by: 2).compactMap {
        UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
      })
  }

  /// The fields of pictures besides the vector, and how long their texts may be in bytes.
  static let texts: [(name: String, bytes: Int)] = [
    ("path", 65_535), ("folder", 65_535), ("name", 65_535), ("content", 64), ("format", 256),
    ("taken", 256), ("camera", 4_096), ("caption", 65_535),
  ]
  static let numbers = ["number", "size", "modified", "width", "height"]
  /// All fields but the vector.
  static let fields = ["key"] + numbers + texts.map(\.name) + ["tags", "has_vector"]

  /// The picture, with the absolute path of its file.
  func picture(_ paths: LibraryPaths) -> Picture {
    Picture(
      id: number, path: paths.absolute(path), size: size, modified: modified, format: format,
      width: Int(width), height: Int(height), taken: taken.isEmpty ? nil : taken,
      camera: camera.isEmpty ? nil : camera, caption: caption.isEmpty ? nil : caption, tags: tags)
  }

  func text(_ field: String) -> String {
    switch field {
    case "key": key
    case "path": path
    case "folder": Paths.split(path).folder
    case "name": Paths.split(path).name
    case "content": content
    case "format": format
    case "taken": taken
    case "camera": camera
    default: caption
    }
  }

  func integer(_ field: String) -> Int64 {
    switch field {
    case "number": number
    case "size": size
    case "modified": modified
    case "width": width
    default: height
    }
  }
}

/// Columns of an answer, by name.
struct MilvusColumns {
  private var columns: [String: Milvus_FieldData] = [:]
  let count: Int

  init(_ fields: [Milvus_FieldData]) {
    var count = 0
    for field in fields {
      columns[field.fieldName] = field
      count = max(
        count, field.scalars.longData.data.count, field.scalars.stringData.data.count,
        field.scalars.boolData.data.count)
    }
    self.count = count
  }

  func integer(_ name: String, _ row: Int) -> Int64 {
    let values = columns[name]?.scalars.longData.data ?? []
    return row < values.count ? values[row] : 0
  }

  func text(_ name: String, _ row: Int) -> String {
    let values = columns[name]?.scalars.stringData.data ?? []
    return row < values.count ? values[row] : ""
  }

  func texts(_ name: String, _ row: Int) -> [String] {
    let values = columns[name]?.scalars.arrayData.data ?? []
    return row < values.count ? values[row].stringData.data : []
  }

  /// A vector, if the row has one.
  func vector(_ row: Int) -> [Float]? {
    guard let field = columns["vector"]?.vectors, field.dim > 0,
      let has = columns["has_vector"]?.scalars.boolData.data, row < has.count, has[row]
    else { return nil }
    let (values, dimension) = (field.floatVector.data, Int(field.dim))
    guard values.count >= (row + 1) * dimension else { return nil }
    return Array(values[row * dimension..<(row + 1) * dimension])
  }

  /// A whole picture.
  func row(_ row: Int) -> MilvusRow {
    MilvusRow(
      key: text("key", row), number: integer("number", row), path: text("path", row),
      size: integer("size", row), modified: integer("modified", row),
      content: text("content", row), format: text("format", row), width: integer("width", row),
      height: integer("height", row), taken: text("taken", row), camera: text("camera", row),
      caption: text("caption", row), tags: texts("tags", row), vector: vector(row))
  }

  var rows: [MilvusRow] { (0..<count).map(row) }

  var keys: [String] { columns["key"]?.scalars.stringData.data ?? [] }
}
