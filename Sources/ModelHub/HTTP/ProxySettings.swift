internal import Foundation

/// The proxies that the environment names, in the customary variables.
///
/// `https_proxy` or `HTTPS_PROXY` for https, `http_proxy` or `HTTP_PROXY` for http, `all_proxy` or
/// `ALL_PROXY` for both; `no_proxy` or `NO_PROXY` lists hosts that need none.
struct ProxySettings: Sendable {
  private let http: String?
  private let https: String?
  /// Hosts that are reached directly, separated by commas; `*` for all.
  let exceptions: String

  init(environment: [String: String]) {
    func value(_ name: String) -> String? {
      [name, name.uppercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    let all = value("all_proxy")
    // Under CGI a request's header `Proxy:` arrives as HTTP_PROXY: anybody could set it.
    let isCGI = environment["REQUEST_METHOD"] != nil
    http = (isCGI ? environment["http_proxy"] : value("http_proxy")) ?? all
    https = value("https_proxy") ?? all
    exceptions = value("no_proxy") ?? ""
  }

  /// The proxy for a URL; the exceptions are looked at by libcurl.
  func proxy(for url: URL) -> String? {
    url.scheme?.lowercased() == "https" ? https : http
  }
}
