internal import Foundation

/// A model repository on a hub, at a revision.
public struct HubRepository: Hashable, Sendable {
  /// How the hub names and lists files.
  public let layout: HubLayout
  /// Organisation and name (old ones have a name alone), as in `OFA-Sys/chinese-clip-vit-base-patch16`.
  public let name: String
  /// A branch, tag or commit.
  public let revision: String

  /// A repository that can be asked for.
  ///
  /// - Parameters:
  ///   - name: `organisation/name`.
  ///   - layout: the hub's.
  ///   - revision: a branch, tag or commit; the hub's main branch if absent.
  /// - Throws: ``HubError/invalid(what:value:expected:)`` for what can be no such name.
  public init(
    _ name: String, layout: HubLayout = .huggingFace, revision: String? = nil
  ) throws(HubError) {
    func isName(_ text: Substring) -> Bool {
      !text.isEmpty && text.utf8.count <= 100 && text != "." && text != ".."
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy(isName) else {
      throw .invalid(what: "repository", value: name, expected: "organisation/name")
    }
    let revision = revision ?? layout.defaultRevision
    guard revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isName) else {
      throw .invalid(what: "revision", value: revision, expected: "a branch, tag or commit")
    }
    self.layout = layout
    self.name = name
    self.revision = revision
  }

  /// The revision as one component of a path.
  var encodedRevision: String { revision.replacing("/", with: "%2F") }
}
