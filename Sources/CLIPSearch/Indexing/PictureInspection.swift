import CLIPImages
import Foundation

/// What a picture file says about itself.
struct PictureInspection {
  init(_ data: Data) {}

  func describe(_ entry: inout CatalogueEntry) {}
}
