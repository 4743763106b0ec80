/// How far a download is.
public struct DownloadProgress: Hashable, Sendable {
  /// The file that is being fetched.
  public let file: String
  /// Bytes of all files of the selection that are there, earlier downloads included.
  public let received: Int64
  /// Bytes of all files of the selection.
  public let total: Int64
}
