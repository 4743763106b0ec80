import CLIPSearch
import CLIPStores
import Foundation
import Testing

@Suite("PostgresAddress")
struct PostgresAddressTests {
  @Test("the schema is ours, and everything else is for libpq")
  func parts() throws {
    let address = try PostgresAddress(
      "postgres://me@db:5433/photos?sslmode=verify-full&schema=album&connect_timeout=3")
    #expect(address.schema == "album")
    #expect(
      address.connection.hasPrefix(
        "postgresql://me@db:5433/photos?sslmode=verify-full&connect_timeout=3&keepalives_idle="))
    #expect(!address.connection.contains("schema"))
    #expect(try PostgresAddress("postgresql:///photos").schema == "cnclip")
  }

  @Test(
    "a password is in no message",
    arguments: [
      "postgres://me:se:cr@et@db/photos", "postgres://me:secret@/photos?host=/tmp",
      "postgres://me@db/photos?password=secret&sslmode=require",
      "postgres://me@db/photos?sslpassword=secret",
    ])
  func secrets(_ text: String) throws {
    let name = try PostgresAddress(text).name
    #expect(!name.contains("cr@et") && !name.contains("secret"))
    #expect(name.contains("me@") && name.contains("/photos"))
  }

  @Test(
    "what is no address is a sentence", arguments: ["postgres:db", "postgres://db/x?schema=A;B"])
  func malformed(_ text: String) throws {
    let error = #expect(throws: SearchError.self) { try PostgresAddress(text) }
    #expect(try #require(error).description.contains("names no store"))
  }
}
