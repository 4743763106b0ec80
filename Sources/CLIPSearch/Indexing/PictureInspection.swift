import CLIPImages
import Foundation

/// What a picture file says about itself, in the words of the catalogue.
struct PictureInspection {
  private let header: ImageHeader?
  private let metadata: ImageMetadata

  /// - Parameters:
  ///   - source: What was noted while the picture was read.
  ///   - data: The file, which is looked at where nothing was noted.
  init(_ source: ImageSource?, otherwise data: Data) {
    header = source?.header ?? (try? ImageDecoder().header(of: data))
    metadata = source?.metadata ?? ImageMetadata(of: data)
  }

  /// Fills in what is known.
  func describe(_ entry: inout CatalogueEntry) {
    entry.format = header?.format.rawValue.lowercased() ?? ""
    entry.width = header?.width ?? 0
    entry.height = header?.height ?? 0
    entry.taken = Self.text(metadata.dateTaken)
    entry.camera = Self.camera(make: metadata.cameraMake, model: metadata.cameraModel)
  }

  /// Local time as `2024-05-01T12:30:00`, which sorts by time as text does.
  static func text(_ date: DateComponents?) -> String? {
    guard let date, let year = date.year, let month = date.month, let day = date.day else {
      return nil
    }
    func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
    let digits = String(year)
    let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(padded)-\(two(month))-\(two(day))"
      + "T\(two(date.hour)):\(two(date.minute)):\(two(date.second))"
  }

  /// Maker and model; most models begin with their maker's name already.
  static func camera(make: String?, model: String?) -> String? {
    let make = make.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
    let model = model.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
    let first = make.split(separator: " ").first.map { $0.lowercased() } ?? ""
    if make.isEmpty || (!first.isEmpty && model.lowercased().hasPrefix(first)) {
      return model.isEmpty ? nil : model
    }
    return model.isEmpty ? make : "\(make) \(model)"
  }
}
