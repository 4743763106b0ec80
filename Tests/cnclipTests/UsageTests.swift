import Testing

@Suite("The command's usage")
struct UsageTests {
  @Test("Help goes to standard output and is no failure")
  func help() throws {
    let outcome = try Command.run("--help")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("cnclip"))
    #expect(outcome.errors.isEmpty)
  }

  @Test("An option that does not exist is named and ends with the code of wrong usage")
  func unknownOption() throws {
    let outcome = try Command.run("models", "--no-such-option")
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("--no-such-option"))
    #expect(outcome.output.isEmpty)
  }
}
