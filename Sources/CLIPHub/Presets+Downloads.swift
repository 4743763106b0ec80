public import CLIPModels
public import Foundation
public import ModelHub

extension Presets.Model {
  /// The repository's full name on a hub: its owners have other accounts on each.
  public func repository(on layout: HubLayout) -> String? {
    switch layout {
    case .huggingFace: repository.map { "OFA-Sys/\($0)" }
    case .modelScope: repository.map { "AI-ModelScope/\($0)" }
    }
  }

  /// Where a download of the weights is, a folder or a file; nil if there is none.
  ///
  /// - Parameter cache: where to look.
  /// - Returns: a Hugging Face folder, or the original's `.pt`.
  /// - Throws: `HubError` if the repository's name is impossible.
  public func download(in cache: ModelCache = ModelCache()) throws -> URL? {
    guard let checkpoint else { return nil }
    for layout in HubLayout.allCases {
      guard let name = repository(on: layout) else { continue }
      let repository = try HubRepository(name, layout: layout)
      if let folder = cache.location(of: repository, files: .modelFolder) { return folder }
      if let folder = cache.location(of: repository, files: [checkpoint]) {
        return folder.appending(path: checkpoint)
      }
    }
    return nil
  }
}

extension ModelSource {
  /// This model, a preset without weights with those that were downloaded, if any.
  ///
  /// - Parameter cache: where to look.
  /// - Returns: a source that can be opened, or this one.
  /// - Throws: `ModelError` if the package's presets cannot be read.
  public func downloaded(in cache: ModelCache = ModelCache()) throws -> ModelSource {
    guard case .preset(let name, checkpoint: nil) = self,
      let model = try Presets.models().first(where: { $0.name == name })
    else { return self }
    return .preset(name: name, checkpoint: try model.download(in: cache))
  }
}
