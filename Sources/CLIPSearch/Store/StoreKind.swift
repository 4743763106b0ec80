/// A kind of stores, by the scheme of their addresses.
///
/// The program that opens libraries holds the table; a further store is a line in it.
package struct StoreKind: Sendable {
  /// What an address begins with, before the colon.
  package let scheme: String
  /// Opens a store.
  package let open: @Sendable (StoreAddress) async throws -> any PictureStore

  package init(
    scheme: String, open: @escaping @Sendable (StoreAddress) async throws -> any PictureStore
  ) {
    self.scheme = scheme
    self.open = open
  }
}

/// Where a store is, and how it is to be opened.
package struct StoreAddress: Sendable {
  /// As it was written, as `sqlite:/home/me/pictures.library`.
  package let text: String
  /// The absolute path of the library's folder, where all that belongs to this machine is kept:
  /// thumbnails, and the pictures that were added as bytes.
  package let folder: String
  /// Whether the store is made if there is none.
  package let isCreating: Bool

  package init(text: String, folder: String, isCreating: Bool) {
    self.text = text
    self.folder = folder
    self.isCreating = isCreating
  }

  /// What the address begins with, in small letters.
  package var scheme: String { text.prefix { $0 != ":" }.lowercased() }

  /// What follows the scheme's colon, without the slashes before an absolute path.
  package var path: String {
    let rest = text.dropFirst(scheme.count + 1)
    return String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
  }

  /// The same with an absolute path, where it is one of this machine.
  var absolute: String {
    scheme == SQLiteStore.kind.scheme ? "\(scheme):\(Paths.absolute(path))" : text
  }

  /// Opens the store with the kind that its scheme names.
  ///
  /// - Throws: ``SearchError/unknownStore(address:known:)``, and what the kind throws.
  package func open(_ kinds: [StoreKind]) async throws -> any PictureStore {
    guard text.contains(":"), let kind = kinds.first(where: { $0.scheme == scheme }) else {
      throw SearchError.unknownStore(address: text, known: kinds.map(\.scheme))
    }
    return try await kind.open(self)
  }
}
