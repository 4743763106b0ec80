import Foundation

/// A matrix in a `.npy` file, mapped into memory: rows of half, single or double precision.
struct NumpyMatrix {
  let rows: Int
  let columns: Int
  private let data: Data
  private let start: Data.Index
  private let kind: Kind

  private enum Kind: String, CaseIterable {
    case half = "<f2"
    case single = "<f4"
    case double = "<f8"

    var size: Int {
      switch self {
      case .half: 2
      case .single: 4
      case .double: 8
      }
    }
  }

  init(path: String) throws(SearchError) {
    func problem(_ sentence: String) -> SearchError {
      .importFile(path: path, line: nil, problem: sentence)
    }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else { throw problem("it cannot be read") }
    guard data.count >= 12, data.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
      throw problem("it is no NumPy file")
    }
    let isOld = data[6] == 1
    let length =
      isOld
      ? Int(data[8]) | Int(data[9]) << 8
      : Int(data[8]) | Int(data[9]) << 8 | Int(data[10]) << 16 | Int(data[11]) << 24
    let start = (isOld ? 10 : 12) + length
    guard (1...3).contains(data[6]), length <= 1 << 16, start <= data.count else {
      throw problem("its NumPy header is damaged")
    }
    let header = String(decoding: data[(isOld ? 10 : 12)..<start], as: UTF8.self)
    guard let kind = Kind.allCases.first(where: { header.contains("'\($0.rawValue)'") }) else {
      throw problem("its numbers are not little-endian floats (<f2, <f4 or <f8)")
    }
    guard header.contains("'fortran_order': False"), let shape = Self.shape(header),
      shape.count == 2
    else { throw problem("it is not a matrix in C order") }
    let (cells, overflow) = shape[0].multipliedReportingOverflow(by: shape[1])
    guard !overflow, shape[0] >= 0, shape[1] > 0, cells <= (data.count - start) / kind.size else {
      throw problem("it is shorter than its shape \(shape) says")
    }
    self.data = data
    self.start = start
    self.kind = kind
    rows = shape[0]
    columns = shape[1]
  }

  private static func shape(_ header: String) -> [Int]? {
    guard let key = header.range(of: "'shape':"),
      let open = header[key.upperBound...].firstIndex(of: "("),
      let close = header[open...].firstIndex(of: ")")
    else { return nil }
    let parts = header[header.index(after: open)..<close].split(separator: ",")
      .map { Int($0.trimmingCharacters(in: .whitespaces)) }
    let numbers = parts.compactMap { $0 }
    return numbers.count == parts.count ? numbers : nil
  }

  /// A row as floats.
  func row(_ index: Int) -> [Float] {
    let first = start + index * columns * kind.size
    let bytes = data[first..<first + columns * kind.size]
    switch kind {
    case .half: return VectorCodec.decode(Data(bytes), dimension: columns) ?? []
    case .single:
      return bytes.withUnsafeBytes { bytes in
        (0..<columns).map {
          Float(bitPattern: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
        }
      }
    case .double:
      return bytes.withUnsafeBytes { bytes in
        (0..<columns).map {
          Float(
            Double(bitPattern: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)))
        }
      }
    }
  }

  /// The first bytes of a `.npy` file of half precision; a multiple of 64 long.
  static func halfHeader(rows: Int, columns: Int) -> [UInt8] {
    let text = "{'descr': '<f2', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64
    let padding = String(repeating: " ", count: length - 10 - text.utf8.count - 1)
    let body = Array((text + padding + "\n").utf8)
    return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]
      + [UInt8(body.count & 255), UInt8(body.count >> 8)] + body
  }
}
