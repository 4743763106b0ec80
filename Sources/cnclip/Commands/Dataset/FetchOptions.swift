import ArgumentParser
import CLIPFetch

/// What becomes of fetched pictures.
struct FetchPictureOptions: ParsableArguments {
  @Option(help: "The side of pictures after resizing, in pixels.")
  var imageSize = 256

  @Option(
    help: """
      keep_ratio: the shorter side becomes the size; keep_ratio_largest: the longer one; \
      center_crop: a square from the middle; border: a square on white; no.
      """)
  var resizeMode = PictureRecipe.Resize.keepRatio

  @Flag(help: "Enlarge smaller pictures too.")
  var enlarge = false

  @Option(help: "jpg, png, or keep: the bytes that came, where the size stays as it is.")
  var encode = PictureRecipe.Encoding.jpg

  @Option(help: "JPEG's quality, 1 to 100, or how hard PNG is packed, 0 to 9; 95, or 6.")
  var quality: Int?

  func validate() throws {
    guard (1...65_500).contains(imageSize) else {
      throw ValidationError("--image-size takes a number from 1 to 65500.")
    }
    guard (encode == .png ? 0...9 : 1...100).contains(recipe.quality) else {
      throw ValidationError("--quality takes 1 to 100, or with --encode png 0 to 9.")
    }
  }

  var recipe: PictureRecipe {
    var recipe = PictureRecipe()
    recipe.resize = resizeMode
    recipe.size = imageSize
    recipe.enlarges = enlarge
    recipe.encoding = encode
    recipe.quality = quality ?? (encode == .png ? 6 : 95)
    return recipe
  }
}

/// How addresses are asked.
struct FetchNetworkOptions: ParsableArguments {
  /// Whose wishes are obeyed.
  enum Robots: String, ExpressibleByArgument, CaseIterable {
    case all, header, ignore
  }

  @Option(help: "Transfers that are open at once.")
  var transfers = 512

  @Option(help: "Transfers that are open at once to one host.")
  var perHost = 32

  @Option(help: "Names that are looked up at once.")
  var lookups = 64

  @Option(help: "How often a transfer that failed by accident is repeated.")
  var retries = 2

  @Option(help: "Seconds that a transfer may take.")
  var timeout = 30

  @Option(help: "Megabytes of the largest picture.")
  var maximumSize = 32

  @Option(help: "Redirects that are followed.")
  var redirects = 5

  @Option(
    help:
      "all: robots.txt and X-Robots-Tag are obeyed; header: X-Robots-Tag alone; ignore: neither.")
  var robots = Robots.all

  @Option(help: "How the program names itself to servers.")
  var userAgent = NetworkSettings().agent

  @Flag(help: "Ask addresses of private networks too.")
  var allowPrivate = false

  func validate() throws {
    guard (1...65_536).contains(transfers), (1...65_536).contains(perHost),
      (1...1_024).contains(lookups), (0...20).contains(retries), (1...3_600).contains(timeout),
      (1...1_024).contains(maximumSize), (0...50).contains(redirects)
    else {
      throw ValidationError(
        "--transfers and --per-host take 1 to 65536, --lookups and --maximum-size 1 to 1024, "
          + "--retries 0 to 20, --timeout 1 to 3600, --redirects 0 to 50.")
    }
    guard !userAgent.isEmpty, userAgent.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
      throw ValidationError("--user-agent takes one line of ASCII.")
    }
  }

  var settings: NetworkSettings {
    var settings = NetworkSettings()
    settings.transfers = transfers
    settings.perHost = perHost
    settings.lookups = lookups
    settings.retries = retries
    settings.seconds = timeout
    settings.connectSeconds = min(settings.connectSeconds, timeout)
    settings.stallSeconds = min(settings.stallSeconds, timeout)
    settings.byteLimit = maximumSize << 20
    settings.redirects = redirects
    settings.obeysRobotsFile = robots == .all
    settings.obeysRobotsHeader = robots != .ignore
    settings.agent = userAgent
    settings.allowsPrivate = allowPrivate
    return settings
  }
}

extension PictureRecipe.Resize: ExpressibleByArgument {}
extension PictureRecipe.Encoding: ExpressibleByArgument {}
