import CLIPImages
public import CLIPModels

/// Where a server listens, whom it answers, and how much it takes on.
public struct ServerConfiguration: Sendable {
  /// The name or address to listen on; only this machine can reach the default.
  public var host = "127.0.0.1"
  /// The port; 0 lets the system choose one.
  public var port = 8080
  /// Everyone must send this token; `nil` lets everyone in who can reach the port.
  public var token: String?
  /// Sites whose pages may use the API (`https://example.org`); `*` is every site.
  public var allowedOrigins: [String] = []
  /// Names that the `Host` header may carry besides this machine's own.
  ///
  /// Its own are those of its loopback, and when others can reach it (``host``), its name and every
  /// numeric address.
  public var allowedHosts: [String] = []
  /// The address under which a proxy shows the server, such as `https://example.org/photos/`.
  ///
  /// Its host is answered for, pages of it may use the API, answers name addresses below it, and
  /// its path may stand before the path of a request.
  public var publicURL: String?
  /// Whether pictures can be added.
  public var allowsUpload = true
  /// Whether pictures can be deleted.
  public var allowsDelete = true
  /// Whether the server fetches pictures from addresses in requests; never from private ones.
  public var fetchesPictures = false
  /// Whether the model is the small one that ships with the package; the page then says so.
  public var isEmbeddedModel = false
  /// The version that is reported.
  public var version = "0.1.0"
  /// What is added to the sentence of a refusal: how the program that runs the server is told to
  /// allow it, for example.
  public var advice: @Sendable (ServerError) -> String? = { _ in nil }
  /// Bounds on what a request may ask for and how long it may take.
  public var limits = Limits()
  /// Bounds on the work for the model.
  public var engine = EmbeddingEngine.Limits()

  /// Bounds on requests and connections.
  public struct Limits: Sendable {
    /// Bytes of a request's body.
    public var bodyBytes = 32 << 20
    /// Bytes of all bodies that are in memory at one moment.
    public var allBodyBytes = 256 << 20
    /// Hits of one answer under `/api/v1`.
    public var hits = 500
    /// Ids of one answer of `/knn-service`; clip-retrieval's page asks for 3,000.
    public var ids = 10_000
    /// Characters of one text.
    public var textCharacters = 1_000
    /// Bytes of one text: a character can be made of millions of them.
    public var textBytes = 4 << 10
    /// Texts of one request; OpenAI's limit.
    public var texts = 2_048
    /// Pictures of one request.
    public var pictures = 32
    /// Labels times templates of one classification.
    public var labels = 2_000
    /// Connections that are open at one moment; fewer where the system allows fewer open files.
    public var connections = 16_384
    /// Seconds that a connection may be silent, between requests or within one.
    public var idleSeconds = 30
    /// Seconds within which a request must have arrived.
    public var requestSeconds = 90
    /// Seconds within which an answer must have been taken.
    public var answerSeconds = 300

    /// The values above.
    public init() {}

    /// Refuses a text that is too long, before anything else is done with it.
    func check(text: String) throws(ServerError) {
      // Bytes first: counting characters costs more the more marks a text has.
      guard text.utf8.count <= textBytes, text.count <= textCharacters else {
        throw .invalidRequest(
          "A text has at most \(textCharacters) characters and \(textBytes) bytes.")
      }
    }
  }

  /// The values above.
  public init() {}

  /// The names of this machine for itself.
  static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "[::1]", "::1"]

  /// ``publicURL`` in its parts.
  var publicAddress: PublicAddress? { publicURL.flatMap { PublicAddress($0) } }

  /// Whether only this machine can reach the server.
  public var isLoopbackOnly: Bool {
    Self.loopbackNames.contains(host) || host.hasPrefix("127.")
  }

  /// Refuses settings that cannot work.
  ///
  /// - Throws: ``ServerError/invalidSetting(name:value:allowed:)``.
  public func validate() throws(ServerError) {
    func check(_ name: String, _ value: Int, _ allowed: ClosedRange<Int>) throws(ServerError) {
      guard allowed.contains(value) else {
        throw .invalidSetting(
          name: name, value: "\(value)",
          allowed: "\(allowed.lowerBound) to \(allowed.upperBound)")
      }
    }
    try check("the port", port, 0...65_535)
    try check("the limit of a body", limits.bodyBytes, 1_024...(1 << 30))
    try check("the limit of connections", limits.connections, 1...1_000_000)
    try check("the limit of texts", limits.texts, 1...100_000)
    try check("the limit of pixels", engine.pixels, 1...ImageDecoder.defaultMaximumPixels)
    try check("the limit of hits", limits.hits, 1...100_000)
    try check("the limit of ids", limits.ids, 1...100_000)
    if let token, token.utf8.count < 8 {
      throw .invalidSetting(
        name: "the token", value: "\(token.utf8.count) bytes long", allowed: "8 bytes or longer")
    }
    if let publicURL, publicAddress == nil {
      throw .invalidSetting(
        name: "the public address", value: "'\(publicURL)'",
        allowed: "an address like 'https://example.org/photos/'")
    }
    for origin in allowedOrigins where origin != "*" && !origin.contains("://") {
      throw .invalidSetting(
        name: "an allowed origin", value: "'\(origin)'",
        allowed: "'*' or an address like 'https://example.org'")
    }
  }
}
