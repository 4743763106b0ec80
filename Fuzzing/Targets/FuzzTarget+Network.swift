import CLIPServer
import CLIPTraining
import Foundation
import ModelHub
import Web

/// What comes over a network.
extension FuzzTarget {
  static let network: [FuzzTarget] = [
    FuzzTarget("address") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      _ = AddressPolicy.isPublic(text)
      var configuration = ServerConfiguration()
      configuration.publicURL = text
      try? configuration.validate()
      let target = try PictureFetcher.target(of: text)
      expect([80, 443].contains(target.port) && !target.host.isEmpty)
      expect(!target.host.contains { "/?#@\\ ".contains($0) }, "a host that is none")
      expect(target.url.utf8.allSatisfy { $0 > 0x20 }, "an address that ends a line")
    },
    FuzzTarget("listing") { bytes in
      for layout in HubLayout.allCases {
        guard let paths = try? layout.listedPaths(Data(bytes)) else { continue }
        for path in paths {
          let place = URL(filePath: "/cache/model/\(path)").standardizedFileURL.path
          expect(place.hasPrefix("/cache/model/"), "a file that leaves its folder")
        }
      }
    },
    FuzzTarget("body") { bytes in
      // However a body is cut into pieces, it is taken or refused alike.
      func take(_ pieces: [Slice<UnsafeRawBufferPointer>]) throws {
        var shape = BodyShape(BodyShape.Limits(structure: 64, text: 64))
        for piece in pieces { try shape.take(piece) }
      }
      let middle = bytes.count / 3
      let whole: Void? = try? take([bytes[...]])
      let cut: Void? = try? take([bytes[..<middle], bytes[middle...]])
      expect((whole == nil) == (cut == nil))
    },
    FuzzTarget("request") { bytes in try RequestTarget.shared.get().send(bytes) },
    FuzzTarget("workers") { bytes in
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      let pairs = lines.compactMap { line in
        line.firstIndex(of: "=").map {
          (String(line[..<$0]), String(line[line.index(after: $0)...]))
        }
      }
      let worker = try WorkerEnvironment.read(Dictionary(pairs) { $1 })
      if let worker { expect((0..<worker.count).contains(worker.rank)) }
    },
    FuzzTarget("rendezvous") { bytes in try RendezvousTarget.shared.get().send(bytes) },
  ]
}
