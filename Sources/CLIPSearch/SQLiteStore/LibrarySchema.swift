import Foundation
import GRDB

/// The tables of `library.sqlite`, built up step by step so that old libraries can be opened.
///
/// - `pictures`: one row a file; `path` is unique, which is what keeps two processes that index the
///   same folder from making duplicates. The library's own pictures are `./pictures/NAME`.
/// - `vectors`: the truth about vectors, half precision, little-endian; `kind` 0 is the picture,
///   1 its caption. Each write of the library raises `library.revision` and stamps its rows with
///   it, so a search process reads only what changed since it last looked.
/// - `removals`: numbers of pictures that lost a vector, stamped likewise.
/// - `folders`: what was named to be indexed or imported; files elsewhere are not handed out.
/// - `prompts`: vectors of background prompts and label words, computed once for each model.
enum LibrarySchema {
  // Brings a database to the newest schema.
  static func migrator(paths: LibraryPaths) -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: pictures, vectors and models") { database in
      try database.execute(sql: first)
      try database.execute(
        sql: "INSERT INTO library (id, uuid) VALUES (1, ?)", arguments: [UUID().uuidString])
    }
    // Until then nobody noted what was indexed; what was read has a fingerprint of its contents.
    migrator.registerMigration("2: folders that were indexed") { database in
      try database.execute(
        sql: """
          INSERT OR IGNORE INTO folders (path)
          SELECT DISTINCT folder FROM pictures WHERE content IS NOT NULL
          """)
    }
    migrator.registerMigration("3: own pictures relative to the library") {
      try paths.makeOwnPathsRelative($0)
    }
    return migrator
  }

  private static let first = """
    CREATE TABLE models (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      fingerprint TEXT NOT NULL UNIQUE,
      dimension INTEGER NOT NULL CHECK (dimension > 0),
      source TEXT
    );
    CREATE TABLE library (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      uuid TEXT NOT NULL,
      revision INTEGER NOT NULL DEFAULT 0,
      removals_start INTEGER NOT NULL DEFAULT 0,
      model_id INTEGER REFERENCES models(id),
      pending_model_id INTEGER REFERENCES models(id)
    );
    CREATE TABLE folders (
      path TEXT PRIMARY KEY
    );
    CREATE TABLE pictures (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      path TEXT NOT NULL UNIQUE,
      folder TEXT NOT NULL,
      name TEXT NOT NULL,
      size INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      content BLOB,
      format TEXT NOT NULL DEFAULT '',
      width INTEGER NOT NULL DEFAULT 0,
      height INTEGER NOT NULL DEFAULT 0,
      taken TEXT,
      camera TEXT,
      caption TEXT
    );
    CREATE INDEX pictures_by_content ON pictures (content);
    CREATE INDEX pictures_by_taken ON pictures (taken);
    CREATE TABLE tags (
      picture_id INTEGER NOT NULL REFERENCES pictures(id) ON DELETE CASCADE,
      tag TEXT NOT NULL,
      PRIMARY KEY (picture_id, tag)
    ) WITHOUT ROWID;
    CREATE INDEX tags_by_tag ON tags (tag);
    CREATE TABLE vectors (
      id INTEGER PRIMARY KEY,
      picture_id INTEGER NOT NULL REFERENCES pictures(id) ON DELETE CASCADE,
      model_id INTEGER NOT NULL REFERENCES models(id),
      kind INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      data BLOB NOT NULL
    );
    CREATE UNIQUE INDEX vectors_by_picture ON vectors (model_id, kind, picture_id);
    CREATE INDEX vectors_of_picture ON vectors (picture_id);
    CREATE INDEX vectors_by_revision ON vectors (model_id, kind, revision);
    CREATE TABLE removals (
      revision INTEGER NOT NULL,
      picture_id INTEGER NOT NULL,
      kind INTEGER NOT NULL
    );
    CREATE INDEX removals_by_revision ON removals (revision);
    CREATE TABLE failures (
      path TEXT PRIMARY KEY,
      size INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      reason TEXT NOT NULL
    );
    CREATE TABLE forgotten (
      path TEXT PRIMARY KEY
    );
    CREATE TABLE prompts (
      model_id INTEGER NOT NULL REFERENCES models(id),
      text TEXT NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (model_id, text)
    );
    """
}
