import Testing
import HummingbirdTesting
@Test("a") func a() {}
