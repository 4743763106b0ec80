import Foundation
import Torch

/// The meeting place that the first of two workers serves (LibTorch's `TCPStore`), while the second
/// has not come: whatever strangers send it, the process lives on.
struct RendezvousTarget: Sendable {
  static let shared = Result { try RendezvousTarget() }

  private let port: UInt16

  private struct Failure: Error {
    let what: String
  }

  private init() throws {
    let descriptor = try Self.socketDescriptor()
    var address = Self.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    close(descriptor)
    guard isBound, WorkerGroup.isAvailable else { throw Failure(what: "no port, or no workers") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [port] in
      // Ends with the process: the second worker never comes.
      _ = try? WorkerGroup(host: "127.0.0.1", port: port, rank: 0, count: 2, timeout: 1e5)
    }
    for _ in 0..<200 {
      if let descriptor = try? connected() {
        close(descriptor)
        return
      }
      usleep(50_000)
    }
    throw Failure(what: "the workers' meeting place does not listen")
  }

  /// Sends bytes, and waits a little for what they do.
  func send(_ bytes: UnsafeRawBufferPointer) throws {
    let descriptor = try connected()
    defer { close(descriptor) }
    // A process that dies takes its port with it: the next connection would fail.
    _ = Foundation.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    shutdown(descriptor, Int32(SHUT_WR))
    var limit = timeval(tv_sec: 0, tv_usec: 20_000)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    _ = recv(descriptor, &buffer, buffer.count, 0)
  }

  private func connected() throws -> Int32 {
    let descriptor = try Self.socketDescriptor()
    var address = Self.loopback(port: port)
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else {
      close(descriptor)
      throw Failure(what: "the workers' meeting place takes no connection")
    }
    return descriptor
  }

  private static func socketDescriptor() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(what: "no socket") }
    return descriptor
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }
}
