/// Which of the package's templates suit a data set of the benchmarks.
public enum DatasetFamily {
  /// Beginnings of the toolkit's names, and the set of templates.
  private static let families: [(names: [String], templates: String)] = [
    (["fgvc-aircraft", "fgvc_aircraft"], "aircraft"),
    (["food-101", "food101"], "food"),
    (["oxford-flower", "flowers"], "flowers"),
    (["oxford-iiit-pet", "pets"], "pets"),
    (["stanford-cars", "stanfordcar", "cars"], "cars"),
    (["dtd"], "textures"),
    (["eurosat", "resisc45"], "satellite"),
    (["mnist", "svhn"], "digits"),
    (["fer-2013", "fer2013"], "faces"),
    (["patch-camelyon", "patchcamelyon", "pcam"], "medical"),
    (["country211", "kitti", "voc-2007", "voc2007", "imagenet"], "photographs"),
  ]

  /// The set for a data set.
  ///
  /// - Parameter name: the data set's name, such as `eurosat_clip`.
  /// - Returns: `general` for data sets that are not known.
  public static func templates(for name: String) -> String {
    let name = name.lowercased()
    return families.first { $0.names.contains { name.hasPrefix($0) } }?.templates ?? "general"
  }
}
