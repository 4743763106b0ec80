import CLIPImages
import Torch

/// The pixels of a batch of pictures in one run of memory, which a tensor uses in place: each picture is
/// copied once.
final class PixelBuffer: Sendable {
  nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer

  init(_ images: ArraySlice<RGBImage>) {
    memory = .allocate(
      byteCount: images.reduce(0) { $0 + $1.pixels.count }, alignment: MemoryLayout<Int>.alignment)
    var offset = 0
    for image in images {
      image.pixels.withUnsafeBytes { memory[offset...].copyBytes(from: $0) }
      offset += image.pixels.count
    }
  }

  deinit { memory.deallocate() }

  /// The pixels as `[pictures, size, size, 3]` of bytes.
  func tensor(size: Int) throws(TorchError) -> Tensor {
    try Tensor(
      borrowing: UnsafeRawBufferPointer(memory),
      shape: [memory.count / (size * size * 3), size, size, 3], dtype: .uint8, owner: self)
  }
}
