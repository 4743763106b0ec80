package import Files
public import Foundation

/// Why a checkpoint could not be read, mapped, converted or written.
///
/// Every description is one sentence that names the file, what was found and what to do.
public enum CheckpointError: Error, Equatable, Sendable {
  /// The file or folder cannot be opened; `reason` is the operating system's.
  case cannotOpen(path: String, reason: String)
  /// The bytes belong to no container that is read here.
  case unknownFormat(path: String, found: String)
  /// The data end before what they announce.
  case truncated(source: String, offset: Int, needed: Int)
  /// A structure contradicts itself or its file.
  case damaged(source: String, reason: String)
  /// A count or size is beyond what is accepted, checked before any memory is taken for it.
  case limitExceeded(source: String, what: String, found: Int, allowed: Int)
  /// A pickle names a function or class that is not on the list of inert ones.
  case refusedGlobal(source: String, name: String)
  /// A pickle contains an operation that is not on the list.
  case refusedOperation(source: String, operation: String, offset: Int)
  /// Bytes are stored most significant first.
  case bigEndian(source: String)
  /// A tensor's element type is not one of ``ElementType``.
  case unsupportedElementType(source: String, tensor: String, type: String)
  /// The container was read, but no tensor is in it.
  case noTensors(source: String)
  /// Two entries have the same name.
  case duplicateName(source: String, name: String)
  /// An index file names a file outside its folder.
  case unsafePath(source: String, path: String)
  /// A folder lacks a file that it needs.
  case missingFile(folder: String, names: [String])
  /// A tensor that others need is absent.
  case missingTensor(source: String, name: String)
  /// A tensor has another shape than needed.
  case wrongShape(source: String, tensor: String, expected: String, found: [Int])
  /// A setting of a configuration file is missing or impossible.
  case invalidConfiguration(source: String, key: String, reason: String)
  /// The values of a tensor do not fit the element type asked for.
  case outOfRange(tensor: String, type: ElementType, value: Double)
  /// The model cannot be expressed in the format asked for.
  case notConvertible(source: String, reason: String)
  /// The output exists already.
  case alreadyExists(path: String)
  /// Writing failed; nothing half-written is left.
  case cannotWrite(path: String, reason: String)
}

extension CheckpointError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .cannotOpen(path: path, reason: reason)
      case .unwritable(let path, let reason): .cannotWrite(path: path, reason: reason)
      case .alreadyExists(let path): .alreadyExists(path: path)
      case .badLine(let path, let line, let problem):
        .damaged(source: path, reason: "line \(line): \(problem)")
      }
  }
}

extension CheckpointError: CustomStringConvertible, LocalizedError {
  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// The error as one sentence.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "\(path): cannot be opened (\(reason)); check the path and its permissions."
    case .unknownFormat(let path, let found):
      "\(path): is no checkpoint that is read here (\(found)); expected a PyTorch .pt or .bin, a "
        + "safetensors file, or a folder with one of them."
    case .truncated(let source, let offset, let needed):
      "\(source): ends too early, \(needed) more bytes are needed at byte \(offset); the file is "
        + "incomplete, download or copy it again."
    case .damaged(let source, let reason):
      "\(source): is damaged or forged: \(reason)."
    case .limitExceeded(let source, let what, let found, let allowed):
      "\(source): \(what) is \(found), more than the \(allowed) that are accepted for this file."
    case .refusedGlobal(let source, let name):
      "\(source): the checkpoint asks to call \(name); only tensors, containers, numbers and "
        + "strings are read, and nothing of it was executed."
    case .refusedOperation(let source, let operation, let offset):
      "\(source): \(operation) at byte \(offset) is not among the pickle operations that are read; "
        + "only tensors, containers, numbers and strings are."
    case .bigEndian(let source):
      "\(source): was written by a big-endian machine; load it there and save it as safetensors."
    case .unsupportedElementType(let source, let tensor, let type):
      "\(source): \(tensor) has elements of type \(type), which is not read; "
        + "convert the tensor to float32 first."
    case .noTensors(let source):
      "\(source): holds no tensors; expected a state dictionary, alone or under state_dict or model."
    case .duplicateName(let source, let name):
      "\(source): names \(name) twice; a name must stand for one tensor."
    case .unsafePath(let source, let path):
      "\(source): refers to \(path), which is not a plain file of the same folder; "
        + "it was not opened."
    case .missingFile(let folder, let names):
      "\(folder): lacks \(names.joined(separator: " or ")); complete the folder."
    case .missingTensor(let source, let name):
      "\(source): lacks the tensor \(name); the checkpoint is incomplete."
    case .wrongShape(let source, let tensor, let expected, let found):
      "\(source): \(tensor) has shape \(found), expected \(expected)."
    case .invalidConfiguration(let source, let key, let reason):
      "\(source): \(key) \(reason)."
    case .outOfRange(let tensor, let type, let value):
      "\(tensor): the value \(value) does not fit \(type); convert without changing the precision."
    case .notConvertible(let source, let reason):
      "\(source): cannot be converted: \(reason)."
    case .alreadyExists(let path):
      "\(path): exists already; choose another output or remove it first."
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written (\(reason)); nothing half-written was left behind."
    }
  }
}
