import Foundation

/// What lies in one folder, told apart.
struct FolderListing {
  /// A file or folder.
  struct Entry {
    let path: String
    let status: FileStatus
    let identity: FileIdentity
  }

  private(set) var files: [Entry] = []
  private(set) var folders: [Entry] = []
  /// Entries behind links; their paths are the links'.
  private(set) var linkedFiles: [Entry] = []
  private(set) var linkedFolders: [Entry] = []
  private(set) var failures: [PictureLister.Failure] = []
  /// Whether everything in it was seen.
  private(set) var isComplete = true

  init(_ folder: String) {
    guard let directory = opendir(folder) else {
      fail(folder, "the folder cannot be read: \(systemReason())")
      isComplete = false
      return
    }
    defer { closedir(directory) }
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.first != UInt8(ascii: ".") {
        consider(name, type: Int(entry.pointee.d_type), dirfd(directory), prefix)
      }
      errno = 0
    }
    if errno != 0 {
      fail(folder, "the folder cannot be read to its end: \(systemReason())")
      isComplete = false
    }
  }

  private mutating func fail(_ path: String, _ reason: String) {
    failures.append(PictureLister.Failure(path: path, reason: reason))
  }

  private mutating func consider(
    _ bytes: [UInt8], type: Int, _ folder: Int32, _ prefix: String
  ) {
    let valid = String(validating: bytes, as: UTF8.self)
    let name = valid ?? Self.escaped(bytes)
    let path = prefix + name
    let file = bytes.map { CChar(bitPattern: $0) } + [0]
    // Some file systems do not tell the type with the name.
    let isLink =
      type == Int(DT_LNK) || (type == Int(DT_UNKNOWN) && Self.isLink(folder, file))
    var status = stat()
    guard fstatat(folder, file, &status, 0) == 0 else {
      guard errno != ENOENT || isLink else { return }  // it has just gone
      if PictureEndings.mayEnd(name) {
        fail(path, isLink ? "it is a link that leads nowhere" : systemReason())
      }
      return
    }
    let kind = FileKind(status)
    switch kind {
    case .folder: break
    case .file where PictureEndings.ends(name): break
    case .file:
      do throws(ImageError) {
        guard try Self.beginsAsPicture(folder, file) else { return }
      } catch {
        if PictureEndings.mayEnd(name) { fail(path, "\(error)") }
        return
      }
    case .pipe, .socket, .device:
      if PictureEndings.ends(name) { fail(path, "it is \(kind.name), not a file") }
      return
    }
    guard valid != nil else {
      fail(path, "its name is not valid UTF-8; rename it")
      return
    }
    let entry = Entry(
      path: path, status: FileStatus(status), identity: FileIdentity(status))
    switch (kind, isLink) {
    case (.folder, false): folders.append(entry)
    case (.folder, true): linkedFolders.append(entry)
    case (_, false): files.append(entry)
    case (_, true): linkedFiles.append(entry)
    }
  }

  private static func isLink(_ folder: Int32, _ file: [CChar]) -> Bool {
    var status = stat()
    return fstatat(folder, file, &status, AT_SYMLINK_NOFOLLOW) == 0
      && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func beginsAsPicture(
    _ folder: Int32, _ file: [CChar]
  ) throws(ImageError) -> Bool {
    let descriptor = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw ImageError.unreadable(reason: systemReason()) }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: ImageFormat.signatureLength)
    let count = read(descriptor, &head, head.count)
    guard count >= 0 else { throw ImageError.unreadable(reason: systemReason()) }
    return ImageFormat(signatureOf: head.prefix(count)) != nil
  }

  private static func escaped(_ bytes: [UInt8]) -> String {
    // Byte for byte beyond ASCII, so that the name can be typed in a shell's $'…'.
    bytes.map { byte in
      byte < 0x80
        ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
