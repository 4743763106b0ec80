package import CLIPData
package import Foundation

/// What to fetch, and how.
package struct FetchSettings: Sendable {
  /// The lists, in the order of their rows.
  package var lists: [ListFile]
  /// Which columns are read.
  package var columns = ListColumns()
  /// How tables quote.
  package var quoting = TableQuoting.automatic
  /// The folder of shards.
  package var output: URL
  /// Rows of the list that one shard holds.
  package var rowsPerShard = 10_000
  /// Digits of a shard's number.
  package var shardDigits = 5
  /// Which shards this process makes: those whose number leaves `part` when divided by `parts`.
  package var part = 0
  /// How many processes share the shards.
  package var parts = 1
  /// What becomes of a picture.
  package var picture = PictureRecipe()
  /// How addresses are asked.
  package var network = NetworkSettings()
  /// Whether rows that failed before are asked for again.
  package var retriesFailed = false
  /// The share of rows below which there is no sense in going on; 0: it always goes on.
  package var stopBelow = 0.1
  /// Rows over which that share is counted.
  package var stopWindow = 1_000
  /// Threads that decode pictures.
  package var threads = ProcessInfo.processInfo.activeProcessorCount
  /// Bytes of pictures that may be on their way or wait.
  package var memoryBudget = 1 << 30

  package init(lists: [ListFile], output: URL) {
    self.lists = lists
    self.output = output
  }
}

/// How addresses are asked.
package struct NetworkSettings: Sendable {
  /// Transfers that are open at once.
  package var transfers = 512
  /// Transfers that are open at once to one host.
  package var perHost = 32
  /// Names that are looked up at once.
  package var lookups = 64
  /// How often a transfer that failed by accident is repeated.
  package var retries = 2
  /// Seconds before the first repetition; each further wait is twice as long.
  package var firstDelay = 1.0
  /// Seconds of the longest wait, also where the server asks for more.
  package var longestDelay = 60.0
  /// Seconds that a whole transfer may take.
  package var seconds = 30
  /// Seconds within which a connection must be open.
  package var connectSeconds = 10
  /// Seconds that a connection may bring nothing.
  package var stallSeconds = 10
  /// Bytes of the largest picture.
  package var byteLimit = 32 << 20
  /// Redirects that are followed.
  package var redirects = 5
  /// Whether robots.txt is asked for and obeyed.
  package var obeysRobotsFile = true
  /// Whether `X-Robots-Tag` is obeyed.
  package var obeysRobotsHeader = true
  /// Whether addresses of private networks are asked: for tests and for mirrors of one's own.
  package var allowsPrivate = false
  /// What servers are told about who asks.
  package var agent = "Mozilla/5.0 (compatible; cnclip)"
  /// The name under which robots.txt may speak to us.
  package var robotsName = "cnclip"
  /// Certificate authorities to trust; the system's if nil.
  package var certificates: String?

  package init() {}
}
