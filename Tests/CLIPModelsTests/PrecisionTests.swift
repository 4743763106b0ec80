import CLIPModels
import Testing
import Torch

@Suite("Precision")
struct PrecisionTests {
  @Test("a processor without bf16 is measured, and the figure is said")
  func emulation() throws {
    for learns in [false, true] {
      let found = try PrecisionEmulation(
        of: .bfloat16, on: .cpu, learns: learns, hasBFloat16: false)
      let emulation = try #require(found)
      #expect(emulation.factor > 0.01 && emulation.factor < 1e4)
      #expect("\(emulation)".contains("no instructions for bf16"))
      #expect("\(emulation)".contains("measured just now"))
    }
  }

  @Test("measuring is short")
  func duration() throws {
    _ = try PrecisionEmulation(of: .bfloat16, on: .cpu, hasBFloat16: false)
    let time = try ContinuousClock().measure {
      _ = try PrecisionEmulation(of: .bfloat16, on: .cpu, learns: true, hasBFloat16: false)
    }
    // Tens of milliseconds on a quiet machine.
    #expect(time < .seconds(2))
  }

  @Test("nothing is said where the device has the instructions, nor of what needs none")
  func silence() throws {
    #expect(try PrecisionEmulation(of: .bfloat16, on: .cpu, hasBFloat16: true) == nil)
    #expect(try PrecisionEmulation(of: .bfloat16, on: .cuda(0), hasBFloat16: false) == nil)
    for precision in [Precision.automatic, .float32] {
      #expect(try PrecisionEmulation(of: precision, on: .cpu, hasBFloat16: false) == nil)
    }
  }

  @Test("auto is fp32 on a processor, whatever it has, and fp16 is refused there")
  func automatic() throws {
    #expect(try Precision.automatic.dtype(on: .cpu) == .float32)
    #expect(try Precision.automatic.dtype(on: .cuda(0)) == .float16)
    #expect(throws: ModelError.self) { try Precision.float16.dtype(on: .cpu) }
  }
}
