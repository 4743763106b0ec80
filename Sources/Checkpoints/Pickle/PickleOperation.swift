/// The pickle operations that are read: those that Python and PyTorch write with protocols 2 to 5,
/// and the two string operations that Python 2 wrote.
///
/// The names are those of Python's `pickletools`.
enum PickleOperation: UInt8 {
  // Frame and end
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2e

  // Numbers and truth values
  case none = 0x4e
  case newTrue = 0x88
  case newFalse = 0x89
  case binInt = 0x4a
  case binInt1 = 0x4b
  case binInt2 = 0x4d
  case long1 = 0x8a
  case long4 = 0x8b
  case binFloat = 0x47

  // Strings and bytes
  case binUnicode = 0x58
  case shortBinUnicode = 0x8c
  case binUnicode8 = 0x8d
  case shortBinString = 0x55
  case binString = 0x54
  case shortBinBytes = 0x43
  case binBytes = 0x42
  case binBytes8 = 0x8e
  case byteArray8 = 0x96

  // Containers
  case mark = 0x28
  case emptyTuple = 0x29
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case tuple = 0x74
  case emptyList = 0x5d
  case append = 0x61
  case appends = 0x65
  case emptyDictionary = 0x7d
  case setItem = 0x73
  case setItems = 0x75
  case emptySet = 0x8f
  case addItems = 0x90
  case frozenSet = 0x91

  // Stack and memory
  case pop = 0x30
  case popMark = 0x31
  case binGet = 0x68
  case longBinGet = 0x6a
  case binPut = 0x71
  case longBinPut = 0x72
  case memoize = 0x94

  // Written down, never done
  case global = 0x63
  case stackGlobal = 0x93
  case reduce = 0x52
  case newObject = 0x81
  case build = 0x62
  case binPersistentID = 0x51
}

extension PickleOperation {
  /// What an operation that is not read is called, so that a refusal can name it.
  static func refusedName(_ byte: UInt8) -> String {
    switch byte {
    case 0x69: "INST (makes an object)"
    case 0x6f: "OBJ (makes an object)"
    case 0x92: "NEWOBJ_EX (makes an object)"
    case 0x82, 0x83, 0x84: "EXT (calls a registered function)"
    case 0x97, 0x98: "a buffer outside the pickle"
    case 0x50: "PERSID"
    case 0x46, 0x49, 0x4c, 0x53, 0x56, 0x64, 0x67, 0x6c, 0x70:
      "an operation of pickle protocol 0"
    case 0x32: "DUP"
    default: "the byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }
  }
}
