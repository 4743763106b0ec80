import ArgumentParser
import CLIPImages
import CLIPModels
import CLIPSearch
import CLIPServer
import Foundation
import Logging

/// `cnclip serve`: the search page and the HTTP interfaces of a library.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Open a library to the browser and to other programs.",
    discussion: """
      Prints the address to open. Besides the page there are a JSON API (described at \
      /api/v1/openapi.json), clip-retrieval's /knn-service, OpenAI's /v1/embeddings and \
      Prometheus' /metrics. Ctrl-C stops it once the running requests are done.

      Only this machine can reach it unless --host says otherwise; then protect it with a token. \
      It speaks plain HTTP: put it behind a TLS proxy where others share the network.

      Examples:
        cnclip serve --library ~/pictures.library
        cnclip serve --library ~/pictures.library --host 0.0.0.0 --token-file ~/token --read-only
      """)

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Option(help: "The address to listen on; 0.0.0.0 lets other machines in.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 lets the system choose one.")
  var port = 8080

  @Flag(help: "Make the library if there is none yet.")
  var create = false

  @Flag(help: "Let nobody add or delete pictures.")
  var readOnly = false

  @Option(
    help: ArgumentHelp(
      "A file whose first line everyone must send as a token; or the variable CNCLIP_TOKEN.",
      valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "A site whose pages may use the API, such as https://example.org; * for all. Repeatable.",
      valueName: "site"))
  var allowOrigin: [String] = []

  @Option(
    help: ArgumentHelp(
      "A name that the server answers for besides this machine's own. Repeatable.",
      valueName: "name"))
  var allowHost: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      The address under which a proxy shows the server, such as https://example.org/photos/. \
      Documentation/Proxies.md has examples.
      """, valueName: "address"))
  var publicURL: String?

  @Flag(help: "Fetch query pictures from addresses on the public internet when asked to.")
  var allowImageURL = false

  @Option(help: ArgumentHelp("The largest body of a request, in bytes.", valueName: "count"))
  var maximumBodyBytes = ServerConfiguration.Limits().bodyBytes

  @Option(help: ArgumentHelp("The most texts of one request.", valueName: "count"))
  var maximumTexts = ServerConfiguration.Limits().texts

  @Option(help: ArgumentHelp("The most connections at one moment.", valueName: "count"))
  var maximumConnections = ServerConfiguration.Limits().connections

  /// How much is logged.
  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case error
    case warning
    case notice
    case info
    case debug
  }

  @Option(help: "What is logged to standard error; info logs every request, without contents.")
  var logLevel = LogLevel.notice

  func run() async throws {
    // Pictures that are added, thumbnails, the database: for nobody else on this machine.
    umask(0o077)
    var configuration = try settings()
    let opened = try await library.open(creating: create)
    let clip = try await LibraryModel(model, rememberedBy: opened).load(pictures: pictures)
    configuration.isEmbeddedModel = clip.name == "embedded"
    configuration.version = ChineseCLIPCommand.configuration.version
    var logger = Logger(label: "cnclip") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .notice
    if !configuration.isLoopbackOnly && configuration.token == nil {
      StandardError.line(
        "warning: everyone who can reach this machine can see"
          + (readOnly ? "" : ", add and delete") + " pictures; protect it with --token-file")
    }
    let server = try await PictureServer(
      library: opened, model: clip, configuration: configuration, logger: logger
    ) { [configuration] port in
      // Not print: whoever started this may be waiting for the line at the end of a pipe.
      FileHandle.standardOutput.write(Data((Self.address(configuration, port: port) + "\n").utf8))
    }
    try await server.run()
  }

  private func settings() throws -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.host = host
    configuration.port = port
    configuration.token = try token()
    configuration.allowedOrigins = allowOrigin
    configuration.allowedHosts = allowHost
    configuration.publicURL = publicURL
    configuration.allowsUpload = !readOnly
    configuration.allowsDelete = !readOnly
    configuration.fetchesPictures = allowImageURL
    configuration.advice = { CommandFailure.advice(for: $0) }
    configuration.limits.bodyBytes = maximumBodyBytes
    configuration.limits.texts = maximumTexts
    configuration.limits.connections = maximumConnections
    // What strangers send is held to less than one's own pictures are, unless told otherwise.
    configuration.engine.pixels = pictures.maximumPixels ?? configuration.engine.pixels
    try configuration.validate()
    return configuration
  }

  private func token() throws -> String? {
    guard let tokenFile else { return ProcessInfo.processInfo.environment["CNCLIP_TOKEN"] }
    guard let line = try TextLines(path: tokenFile).words.first else {
      throw CommandFailure("\(tokenFile) is empty; its first line must be the token.")
    }
    return line
  }

  /// The address to open; a token stands behind `#`, which browsers keep to themselves, and only on a
  /// terminal: what goes to a file or a log is kept and read by others.
  private static func address(_ configuration: ServerConfiguration, port: Int) -> String {
    let host =
      ["0.0.0.0", "::"].contains(configuration.host)
      ? ProcessInfo.processInfo.hostName : configuration.host
    let name = host.contains(":") ? "[\(host)]" : host
    let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    let token =
      isatty(STDOUT_FILENO) == 1
      ? configuration.token?.addingPercentEncoding(withAllowedCharacters: allowed) : nil
    return "http://\(name):\(port)/" + (token.map { "#token=\($0)" } ?? "")
  }
}
