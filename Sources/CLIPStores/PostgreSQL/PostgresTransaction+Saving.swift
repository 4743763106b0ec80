import CLIPImages
import CLIPSearch
import Foundation

extension PostgresTransaction {
  /// Saves pictures of different paths: they are sent by `COPY` and sorted in by a few statements,
  /// however many they are.
  func save(_ entries: [CatalogueEntry]) throws -> [StoreOutcome] {
    guard !entries.isEmpty else { return [] }
    try connection.script(
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
        n bigint, path text COLLATE "C", folder text COLLATE "C", name text COLLATE "C",
        size bigint, modified bigint, content bytea, format text, width bigint, height bigint,
        taken text, camera text, caption text, data halfvec, caption_data halfvec, id bigint
      ) ON COMMIT DELETE ROWS;
      TRUNCATE pg_temp.incoming
      """)
    try connection.copy(
      """
      COPY pg_temp.incoming (n, path, folder, name, size, modified, content, format, width, height,
        taken, camera, caption, data, caption_data) FROM STDIN (FORMAT binary)
      """, entries.enumerated().map { row($0.offset, $0.element) })
    // Known pictures are told apart first: a conflict would use up a number.
    try connection.query(
      """
      UPDATE pictures SET size = i.size, modified = i.modified, content = i.content,
        format = i.format, width = i.width, height = i.height, taken = i.taken,
        camera = i.camera, caption = coalesce(i.caption, pictures.caption)
      FROM pg_temp.incoming i WHERE pictures.path = i.path
      """)
    let added = try connection.query(
      """
      INSERT INTO pictures (path, folder, name, size, modified, content, format, width, height,
        taken, camera, caption)
      SELECT path, folder, name, size, modified, content, format, width, height, taken, camera,
        caption
      FROM pg_temp.incoming i WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.path = i.path)
      ORDER BY n RETURNING id
      """)
    try connection.query(
      "UPDATE pg_temp.incoming i SET id = p.id FROM pictures p WHERE p.path = i.path")
    try saveTags(of: entries)
    try saveVectors()
    try connection.query(
      "DELETE FROM failures WHERE path = ANY($1::text[])", [.texts(entries.map(\.path))])
    let isNew = Set(added.map { $0.integer(0) })
    return try connection.query("SELECT id FROM pg_temp.incoming ORDER BY n").map { row in
      isNew.contains(row.integer(0)) ? .added(row.integer(0)) : .changed(row.integer(0))
    }
  }

  private func row(_ number: Int, _ entry: CatalogueEntry) -> [PostgresValue] {
    let path = paths.stored(entry.path)
    let (folder, name) = Paths.split(path)
    return [
      .integer(Int64(number)), .text(path), .text(folder), .text(name),
      .integer(entry.status.size), .integer(entry.status.modified),
      entry.content.map { .bytes($0) } ?? .null, .text(entry.format),
      .integer(Int64(entry.width)), .integer(Int64(entry.height)), .optional(entry.taken),
      .optional(entry.camera), .optional(entry.caption),
      entry.vector.map { .halves($0) } ?? .null, entry.captionVector.map { .halves($0) } ?? .null,
    ]
  }

  private func saveTags(of entries: [CatalogueEntry]) throws {
    var numbers: [Int64] = []
    var tags: [String] = []
    for (number, entry) in entries.enumerated() {
      for tag in Self.trimmed(entry.tags) {
        numbers.append(Int64(number))
        tags.append(tag)
      }
    }
    guard !tags.isEmpty else { return }
    try connection.query(
      """
      INSERT INTO tags SELECT i.id, t.tag FROM unnest($1::bigint[], $2::text[]) AS t (n, tag)
      JOIN pg_temp.incoming i ON i.n = t.n ON CONFLICT DO NOTHING
      """, [.numbers(numbers), .texts(tags)])
  }

  /// Takes the place of older vectors of any model: a change of model that is under way must embed
  /// the new contents again.
  private func saveVectors() throws {
    guard let model = head.model else { return }
    for (kind, column) in [(VectorKind.picture, "data"), (.caption, "caption_data")] {
      let place: [PostgresValue] = [.integer(Int64(kind.rawValue))]
      try connection.query(
        """
        DELETE FROM vectors USING pg_temp.incoming i
        WHERE vectors.picture_id = i.id AND vectors.kind = $1::bigint AND i.\(column) IS NOT NULL
        """, place)
      try connection.query(
        """
        INSERT INTO vectors (picture_id, model_id, kind, data)
        SELECT id, $2::bigint, $1::bigint, \(column) FROM pg_temp.incoming
        WHERE \(column) IS NOT NULL ORDER BY id
        """, place + [.integer(model.id)])
    }
  }
}
