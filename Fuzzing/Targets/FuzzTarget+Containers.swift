import CLIPData
import CLIPFetch
import CLIPModels
import Checkpoints
import Files
import Foundation
import Parquet

/// Archives, databases and checkpoints.
extension FuzzTarget {
  static let containers: [FuzzTarget] = [
    FuzzTarget("tar") { bytes in
      let shard = try ScratchFolder.write(bytes, "shard.tar")
      try readAll(TarDataset(shards: [shard], policy: .skip))
    },
    FuzzTarget("lmdb") { bytes in
      // Both environments have the same pages: one entry of either is found in each.
      try ScratchFolder.write(bytes, "lmdb/pairs/data.mdb")
      try ScratchFolder.write(bytes, "lmdb/imgs/data.mdb")
      let reader = try LMDBReader(ScratchFolder.path("lmdb/pairs"))
      var left = 4096
      try reader.forEachEntry { key, value in
        left -= 1
        guard left > 0 else { throw EnoughRead() }
        _ = try? PairRecord.decode(value, source: "a record")
        _ = String(decoding: key, as: UTF8.self)
      }
      try readAll(LMDBDataset(ScratchFolder.path("lmdb")))
    },
    FuzzTarget("record") { bytes in _ = try PairRecord.decode(bytes, source: "a record") },
    FuzzTarget("parquet") { bytes in
      let file = try ParquetFile(ScratchFolder.write(bytes, "table.parquet"))
      for column in file.columns.prefix(32) {
        // A column that is broken does not keep the next one from being read.
        guard var rows = try? file.rows(of: [column.name]) else { continue }
        for _ in 0..<256 { guard (try? rows.next()) != nil else { break } }
      }
      var rows = try file.rows(of: file.columns.prefix(4).map(\.name))
      try rows.skip(100)
      _ = try rows.next()
    },
    FuzzTarget("lists") { bytes in
      for name in ["list.csv", "list.tsv", "list.jsonl", "list.txt"] {
        let list = try ListFile(ScratchFolder.write(bytes, name))
        var rows = ListRows(
          [list], columns: ListColumns(), scratch: ScratchFolder.path("lists"))
        // A form that these bytes are not does not keep the next one from being read.
        guard let found = try? rows.take(256) else { continue }
        expect(rows.position == found.count)
      }
    },
    FuzzTarget("safetensors") { bytes in
      try readAll(Checkpoint.open(ScratchFolder.write(bytes, "model.safetensors")))
    },
    FuzzTarget("pytorch") { bytes in
      try readAll(Checkpoint.open(ScratchFolder.write(bytes, "model.pt")))
    },
    FuzzTarget("shards") { bytes in
      let names = ["model.safetensors.index.json", "a.safetensors", "b.safetensors"]
      try readAll(Checkpoint.open(Parts(bytes).write(names, to: "shards")))
    },
  ]

  /// The most elements of a tensor that are laid out: views with strides may be larger than files.
  private static let largestTensor = 1 << 20

  private static func readAll(_ checkpoint: Checkpoint) throws {
    _ = checkpoint.family
    for name in checkpoint.names.prefix(64) {
      guard let tensor = checkpoint[name], tensor.count <= largestTensor else { continue }
      expect(try tensor.floats().count == tensor.count)
    }
    _ = try checkpoint.native()
  }
}

/// A database whose entries go round in a circle is read no further.
private struct EnoughRead: Error {}
