import Files

/// Pictures that repeat.
enum ImageFindings {
  static func find(_ scan: SourceFilesScan) -> [DatasetProblem] {
    var problems: [DatasetProblem] = []
    var firstOfID: [RawIdentifier: SourceFilesScan.Image] = [:]
    var firstOfContent: [UInt64: SourceFilesScan.Image] = [:]
    let path = scan.imageFile.path
    for image in scan.images {
      if let first = firstOfID[image.id] {
        let isEqual = first.contentKey == image.contentKey
        problems.append(
          DatasetProblem(
            isEqual ? .repeatedPicture : .conflictingPictures, path: path, line: image.line,
            isEqual
              ? "picture \(image.id.text) stands in line \(first.line) already"
              : "line \(first.line) holds another picture under the id \(image.id.text)"))
        continue
      }
      firstOfID[image.id] = image
      if let first = firstOfContent[image.contentKey] {
        problems.append(
          DatasetProblem(
            .equalPictures, path: path, line: image.line,
            """
            picture \(image.id.text) is the same file as picture \(first.id.text) in line \
            \(first.line)
            """))
      } else {
        firstOfContent[image.contentKey] = image
      }
    }
    return problems
  }
}
