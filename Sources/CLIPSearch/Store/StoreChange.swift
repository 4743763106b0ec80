package import CLIPImages

/// One change of what a store keeps.
package enum StoreChange: Sendable {
  /// A picture that is new, or known by its path: then it keeps its number. Gives `added` or `changed`.
  case save(CatalogueEntry)
  /// The file of a picture is as it was, with another time stamp.
  case touch(id: Int64, FileStatus)
  /// The file of a picture has a new path; the picture keeps its number and all that is known of it,
  /// and what was known by the new path is removed. Gives `moved`.
  ///
  /// If the picture is not at the old path any more, another copy has taken its place, and the entry
  /// is saved as a picture of its own.
  case move(id: Int64, from: String, to: CatalogueEntry)
  /// Takes a picture out, if it is at that path still. Gives `removed` or `absent`.
  case remove(id: Int64, path: String)
  /// A picture's caption with its vector, or without one.
  case caption(String?, vector: [Float]?, of: Int64)
  /// A picture has these tags and no others.
  case tags([String], of: Int64)
  /// A vector of the model that the store is being changed to.
  case pendingVector([Float], VectorKind, of: Int64)
  /// A file could not be taken in. What was known by its path is removed: that is not what the file
  /// holds now. Gives `removed` or `done`.
  case fail(path: String, FileStatus, reason: String)
  /// A path could not be looked at; what is known of it stays.
  case miss(path: String, reason: String)
  /// A failure is no news any more.
  case dismissFailure(path: String)
  /// Indexing is to pass over a file.
  case forget(path: String)
  /// Indexing may take a file again. Gives `done`, or `absent` if it was not passed over.
  case restore(path: String)
  /// Indexing may take all files again. Gives `restored`.
  case restoreAll
  /// Files below a folder, or a single file, may be handed out.
  case allow(folder: String)
}

/// What became of a change.
package enum StoreOutcome: Sendable, Equatable {
  case done
  /// A picture is new.
  case added(Int64)
  /// A picture was known by its path.
  case changed(Int64)
  case moved
  /// A picture was taken out.
  case removed
  case restored(Int)
  /// There is no such picture, or file.
  case absent
}
