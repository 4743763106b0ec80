import CLIPSearch

/// The tables of a library, built up step by step so that old ones can be opened.
///
/// They mirror those of `library.sqlite`. Texts are compared byte by byte (`COLLATE "C"`). The table
/// `vectors` has no unique index and refers to no other, so that its parts may lie on other servers
/// (`postgres_fdw`); that a picture has one vector of a kind and model is seen to by the writers, who
/// take turns by locking the one row of `library`.
enum PostgresSchema {
  /// Brings a schema to the newest state.
  ///
  /// - Throws: ``PostgresError``, `SearchError`.
  static func prepare(_ pool: PostgresPool, creating: Bool) throws {
    let schema = pool.address.schema
    let isThere = try pool.read {
      try $0.query("SELECT to_regclass($1 || '.migrations') IS NOT NULL", [.text(schema)])
        .first?.bool(0) == true
    }
    guard isThere || creating else { throw SearchError.noLibrary(folder: pool.address.name) }
    if !isThere {
      try makeExtension(pool)
      try pool.write { connection in
        try lock(connection)
        try connection.script(
          """
          CREATE SCHEMA IF NOT EXISTS "\(schema)";
          CREATE TABLE IF NOT EXISTS "\(schema)".migrations (name text PRIMARY KEY);
          """)
      }
    }
    let applied = try pool.read {
      Set(try $0.query("SELECT name FROM migrations").map { $0.text(0) })
    }
    if let unknown = applied.subtracting(migrations.map(\.name)).sorted().first {
      throw SearchError.newerLibrary(folder: pool.address.name, migration: unknown)
    }
    guard applied.count < migrations.count else { return }
    try pool.write { connection in
      try lock(connection)
      for (name, script) in migrations {
        let isNew =
          try connection.query(
            "INSERT INTO migrations VALUES ($1) ON CONFLICT DO NOTHING RETURNING name",
            [.text(name)]
          ).count > 0
        if isNew { try connection.script(script) }
      }
    }
  }

  /// One at a time makes tables.
  private static func lock(_ connection: PostgresConnection) throws {
    try connection.query("SELECT pg_advisory_xact_lock(20221101)")
  }

  /// Makes pgvector's types known to the database.
  private static func makeExtension(_ pool: PostgresPool) throws {
    do {
      try pool.write {
        try lock($0)
        try $0.query("CREATE EXTENSION IF NOT EXISTS vector")
      }
    } catch {
      let version = try pool.read {
        try $0.query("SELECT extversion FROM pg_extension WHERE extname = 'vector'").first?.text(0)
      }
      guard version == nil else { return }
      throw SearchError.database(
        folder: pool.address.name,
        reason: "it has not the extension pgvector, 0.7 or newer; install it on the server and let "
          + "an administrator say CREATE EXTENSION vector in this database (\(error))")
    }
  }

  private static let migrations: [(name: String, script: String)] = [
    ("1: pictures, vectors and models", first)
  ]

  private static let first = """
    CREATE TABLE models (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL,
      fingerprint text COLLATE "C" NOT NULL UNIQUE,
      dimension bigint NOT NULL CHECK (dimension > 0),
      source text
    );
    CREATE TABLE library (
      id bigint PRIMARY KEY CHECK (id = 1),
      generation bigint NOT NULL DEFAULT 0,
      model_id bigint REFERENCES models(id),
      pending_model_id bigint REFERENCES models(id),
      search_width bigint
    );
    INSERT INTO library (id) VALUES (1);
    CREATE TABLE folders (
      path text COLLATE "C" PRIMARY KEY
    );
    CREATE TABLE pictures (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      path text COLLATE "C" NOT NULL UNIQUE,
      folder text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      size bigint NOT NULL,
      modified bigint NOT NULL,
      content bytea,
      format text COLLATE "C" NOT NULL DEFAULT '',
      width bigint NOT NULL DEFAULT 0,
      height bigint NOT NULL DEFAULT 0,
      taken text COLLATE "C",
      camera text COLLATE "C",
      caption text COLLATE "C"
    );
    CREATE INDEX pictures_by_content ON pictures (content);
    CREATE INDEX pictures_by_taken ON pictures (taken DESC NULLS LAST, id DESC);
    CREATE INDEX pictures_by_folder ON pictures (folder);
    CREATE TABLE tags (
      picture_id bigint NOT NULL REFERENCES pictures(id) ON DELETE CASCADE,
      tag text COLLATE "C" NOT NULL,
      PRIMARY KEY (picture_id, tag)
    );
    CREATE INDEX tags_by_tag ON tags (tag);
    CREATE TABLE vectors (
      picture_id bigint NOT NULL,
      model_id bigint NOT NULL,
      kind bigint NOT NULL,
      data halfvec NOT NULL
    );
    ALTER TABLE vectors ALTER COLUMN data SET STORAGE PLAIN;
    CREATE INDEX vectors_by_picture ON vectors (picture_id, model_id, kind);
    CREATE TABLE failures (
      path text COLLATE "C" PRIMARY KEY,
      size bigint NOT NULL,
      modified bigint NOT NULL,
      reason text NOT NULL
    );
    CREATE TABLE forgotten (
      path text COLLATE "C" PRIMARY KEY
    );
    CREATE TABLE prompts (
      model_id bigint NOT NULL REFERENCES models(id) ON DELETE CASCADE,
      text text COLLATE "C" NOT NULL,
      data halfvec NOT NULL,
      PRIMARY KEY (model_id, text)
    );
    """
}
