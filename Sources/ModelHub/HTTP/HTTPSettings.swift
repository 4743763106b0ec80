/// How connections are made.
struct HTTPSettings: Sendable {
  var proxies: ProxySettings
  /// A file with the certificate authorities to trust; nil for the system's.
  var certificates: String?
  /// Seconds within which a connection must be open.
  var connectSeconds = 20
  /// Seconds that an open connection may bring nothing.
  var stallSeconds = 30

  /// - Parameter environment: `HTTPS_PROXY` and its kin, see ``ProxySettings``; `SSL_CERT_FILE` or
  ///   `CURL_CA_BUNDLE` for networks that open TLS connections with a certificate of their own.
  init(environment: [String: String]) {
    proxies = ProxySettings(environment: environment)
    certificates = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
  }
}
