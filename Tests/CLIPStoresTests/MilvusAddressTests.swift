import CLIPSearch
import CLIPStores
import Testing

@Suite("MilvusAddress")
struct MilvusAddressTests {
  @Test("an address says all that collections are to be like")
  func parts() throws {
    let plain = try MilvusAddress("milvus://vectors/album", environment: [:])
    #expect(plain.base == "http://vectors:19530/milvus.proto.milvus.MilvusService/")
    #expect(plain.collection == "album" && plain.index == "FLAT" && plain.isStrong)
    #expect(plain.token == nil && plain.buildParameters == "{}")
    let full = try MilvusAddress(
      "milvus://me:secret@[::1]:29530/a_1?tls=true&ca=/ca.pem&db=photos&index=IVF_RABITQ"
        + "&build=nlist:16384,refine:true,refine_type:FP16&search=nprobe:128&consistency=bounded",
      environment: ["CNCLIP_MILVUS_TOKEN": "other"])
    #expect(full.base.hasPrefix("https://[::1]:29530/"))
    #expect(full.token == "me:secret" && full.authorities == "/ca.pem" && full.database == "photos")
    #expect(full.buildParameters == #"{"nlist":16384,"refine":true,"refine_type":"FP16"}"#)
    #expect(full.searchParameters == #"{"nprobe":128}"# && !full.isStrong)
    #expect(!full.name.contains("secret"))
    #expect(
      try MilvusAddress("milvus://h", environment: ["CNCLIP_MILVUS_TOKEN": "t"]).token == "t")
  }

  @Test(
    "what is no address is a sentence",
    arguments: [
      "milvus:vectors", "milvus:///album", "milvus://h/a-b", "milvus://h/a?tls=yes",
      "milvus://h/a?nprobe=4", "milvus://h/a?build=M=16",
    ])
  func malformed(_ text: String) throws {
    let error = #expect(throws: SearchError.self) { try MilvusAddress(text, environment: [:]) }
    #expect(try #require(error).description.contains("names no store"))
  }
}
