import Testing
import Web

@Suite("AddressPolicy")
struct AddressPolicyTests {
  @Test(
    "private, local and special addresses are not public",
    arguments: [
      "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
      "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1",
      "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
      "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1", "not an address", "", "1.2.3",
    ])
  func privateAddresses(address: String) {
    #expect(!AddressPolicy.isPublic(address))
  }

  @Test(
    "ordinary addresses are public",
    arguments: ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001::1", "2606:4700::1111"])
  func publicAddresses(address: String) {
    #expect(AddressPolicy.isPublic(address))
  }
}
