import Files

/// Goes through a column's values of one row group; holds one page and the dictionary.
struct ColumnCursor {
  private let storage: ColumnStorage
  private let isOptional: Bool
  private var pages: PageReader
  private var dictionary: [ParquetValue]?
  private var levels: RunDecoder?
  private var values: Values = .none
  /// Values of the page that are still to come.
  private var rest = 0

  private enum Values {
    case none
    case decoded(any ValueDecoder)
    case places(RunDecoder)
  }

  init(
    _ file: MappedFile, _ chunk: FileMetadata.Chunk, _ storage: ColumnStorage, isOptional: Bool
  ) {
    self.storage = storage
    self.isOptional = isOptional
    pages = PageReader(file, chunk)
  }

  /// The next value.
  mutating func next() throws(ParquetProblem) -> ParquetValue {
    while rest == 0 {
      guard let page = try pages.next() else {
        throw ParquetProblem("it has fewer values than rows")
      }
      try begin(page)
    }
    rest -= 1
    if try levels?.next() == 0 { return .null }
    // Taken out while it changes: what is kept twice is copied.
    let taken = values
    values = .none
    switch taken {
    case .none: throw ParquetProblem("a page has no values")
    case .decoded(var decoder):
      let raw = try decoder.next()
      values = .decoded(decoder)
      return storage.value(raw)
    case .places(var runs):
      let place = try runs.next()
      values = .places(runs)
      guard let dictionary, place < dictionary.count else {
        throw ParquetProblem("a value is not in the dictionary")
      }
      return dictionary[place]
    }
  }

  private mutating func begin(_ page: PageReader.Page) throws(ParquetProblem) {
    let header = page.header
    guard header.kind != .dictionary else {
      guard dictionary == nil else { throw ParquetProblem("it has two dictionaries") }
      dictionary = try readDictionary(page)
      return
    }
    var source = PageBytes(page.bytes, 0..<page.bytes.count)
    if header.kind == .dataV2 {
      guard header.repetitionBytes == 0 else {
        throw ParquetProblem("a flat column has repeated values")
      }
      let range = 0..<header.definitionBytes
      levels = isOptional ? try RunDecoder(PageBytes(page.bytes, range), width: 1) : nil
      source.position = header.definitionBytes
    } else if isOptional {
      guard header.levelEncoding == Encoding.runs.rawValue else {
        throw ParquetProblem.unsupported("it marks missing values in the way of 2013")
      }
      let length = Int(try source.number(bytes: 4))
      let start = source.position
      _ = try source.take(length)
      levels = try RunDecoder(PageBytes(page.bytes, start..<start + length), width: 1)
    }
    rest = header.valueCount
    values = try decoder(header, source)
  }

  private func decoder(
    _ header: PageHeader, _ source: PageBytes
  ) throws(ParquetProblem) -> Values {
    var source = source
    let isInteger = storage.physical == .int32 || storage.physical == .int64
    let isBytes = storage.physical == .byteArray || storage.physical == .fixed
    // What follows keeps an array of so many numbers.
    let limit = min(header.valueCount, 1 << 24)
    switch Encoding(rawValue: header.encoding) {
    // A page of missing values alone may have no bytes.
    case _ where source.rest == 0 && isOptional: return .none
    case .plain: return .decoded(PlainDecoder(source, storage))
    case .plainDictionary, .dictionary:
      let width = Int(try source.number(bytes: 1))
      return .places(try RunDecoder(source, width: width))
    case .runs where storage.physical == .boolean: return .decoded(try TruthDecoder(source))
    case .delta where isInteger: return .decoded(try DeltaDecoder(source))
    case .deltaLength where storage.physical == .byteArray:
      return .decoded(try DeltaLengthDecoder(source, limit: limit))
    case .deltaStrings where isBytes:
      return .decoded(try DeltaStringDecoder(source, limit: limit))
    case .split where storage.width != nil: return .decoded(try SplitDecoder(source, storage))
    default: throw .unsupported("its values are written in the encoding \(header.encoding)")
    }
  }

  private func readDictionary(_ page: PageReader.Page) throws(ParquetProblem) -> [ParquetValue] {
    let encoding = Encoding(rawValue: page.header.encoding)
    guard encoding == .plain || encoding == .plainDictionary else {
      throw .unsupported("its dictionary is written in the encoding \(page.header.encoding)")
    }
    var decoder = PlainDecoder(PageBytes(page.bytes, 0..<page.bytes.count), storage)
    var values: [ParquetValue] = []
    for _ in 0..<page.header.valueCount { values.append(storage.value(try decoder.next())) }
    return values
  }
}
