import CLIPImages
import Foundation
import Testing

/// What Scripts/fixtures/library_images.py wrote.
struct LibraryPicture: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let mode: String
  let width: Int
  let height: Int
  let rgb: Fixtures.Span
  let tolerance: Int
  var testDescription: String { name }
  var data: Data { Fixtures.data("Libraries/\(name)") }

  static let all: [LibraryPicture] = {
    do {
      return try JSONDecoder().decode([Self].self, from: Fixtures.data("Libraries/manifest.json"))
    } catch {
      fatalError("Libraries/manifest.json: \(error)")
    }
  }()

  /// Those whose library is on this machine.
  static let readable = all.filter { picture in
    do {
      _ = try ImageDecoder().header(of: picture.data)
      return true
    } catch ImageError.missingLibrary {
      return false
    } catch {
      return true
    }
  }
}

@Suite(
  "Formats of libraries that are found at run time",
  .enabled(
    if: LibraryPicture.readable.count == LibraryPicture.all.count,
    "libheif, libjxl and libraw are needed: Scripts/install-packages.sh installs them"))
struct LibraryFormatTests {
  @Test("pixels are those of Pillow's plug-ins, upright", arguments: LibraryPicture.all)
  func decodes(_ picture: LibraryPicture) throws {
    let image = try ImageDecoder().decode(picture.data)
    #expect(image.mode.rawValue == picture.mode)
    #expect((image.width, image.height) == (picture.width, picture.height))
    let expected = Fixtures.data("Libraries/expected.bin")[
      picture.rgb[0]..<(picture.rgb[0] + picture.rgb[1])]
    let difference = Difference(image.convertedToRGB().pixels, Array(expected))
    #expect(difference.largest <= picture.tolerance, "\(difference)")
    let header = try ImageDecoder().header(of: picture.data)
    #expect((header.width, header.height) == (picture.width, picture.height))
    #expect(header.mode.rawValue == picture.mode)
  }

  @Test("the format is told by first bytes alone", arguments: LibraryPicture.all)
  func recognises(_ picture: LibraryPicture) throws {
    let formats: [String: ImageFormat] = [
      "heic": .heic, "avif": .avif, "jxl": .jpegXL, "dng": .raw,
    ]
    let expected = formats[String(picture.name.split(separator: ".").last ?? "")]
    #expect(try ImageDecoder().header(of: picture.data).format == expected)
    let head = picture.data.prefix(ImageFormat.signatureLength)
    #expect(ImageFormat(signatureOf: head) == (expected == .raw ? .tiff : expected))
  }

  @Test("metadata is read; a turn that the library has made is not made again")
  func readsMetadata() throws {
    for name in ["turned.heic", "turned.avif", "transcoded.jxl"] {
      let metadata = ImageMetadata(of: Fixtures.data("Libraries/\(name)"))
      #expect(metadata.orientation == .upright, "\(name)")
      #expect(metadata.cameraMake == "Swift Optics", "\(name)")
      #expect(metadata.dateTaken?.year == 2024, "\(name)")
    }
    let raw = ImageMetadata(of: Fixtures.data("Libraries/turned.dng"))
    #expect(raw.orientation == .turnedLeft)
    #expect(raw.cameraModel == "RAW 1")
    #expect(raw.dateTaken?.month == 5)
    #expect(ImageMetadata(of: Fixtures.data("Libraries/grey.jxl")).cameraMake == nil)
  }

  @Test("the limit on pixels holds", arguments: LibraryPicture.all)
  func limitsPixels(_ picture: LibraryPicture) throws {
    let pixels = picture.width * picture.height
    _ = try ImageDecoder(maximumPixels: pixels).decode(picture.data)
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder(maximumPixels: pixels - 1).decode(picture.data)
    }
    guard case .tooLarge = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a file cut off anywhere is an error or a picture", arguments: LibraryPicture.all)
  func survivesTruncation(_ picture: LibraryPicture) {
    let data = picture.data
    var refused = 0
    for count in stride(from: 0, to: data.count, by: 7) {
      _ = ImageMetadata(of: data.prefix(count))
      do throws(ImageError) {
        _ = try ImagePreprocessor(size: 8)(data.prefix(count))
      } catch {
        refused += 1
        #expect(error.description.hasSuffix("."))
      }
    }
    #expect(refused > 5)
  }

  @Test("flipped bits never crash", arguments: LibraryPicture.all)
  func survivesFlippedBits(_ picture: LibraryPicture) {
    let data = picture.data
    var random = AugmentationRandom(seed: 12, epoch: 0, sample: data.count)
    let decoder = ImageDecoder(maximumPixels: 4_000_000)
    for _ in 0..<200 {
      var damaged = data
      for _ in 0...Int(random.next() % 3) {
        damaged[Int(random.next() % UInt64(data.count))] ^= 1 << UInt8(random.next() % 8)
      }
      _ = try? ImagePreprocessor(size: 8, decoder: decoder)(damaged)
      _ = ImageMetadata(of: damaged)
    }
  }
}

@Suite("Formats of libraries, without them")
struct MissingLibraryTests {
  @Test("the sentence names the library and its package")
  func saysWhatToInstall() {
    for (library, package) in [
      ("libheif", "libheif1"), ("libjxl", "libjxl-tools"), ("libraw", "libraw-bin"),
    ] {
      let sentence = ImageError.missingLibrary(.heic, library: library).description
      #expect(sentence.contains(library) && sentence.contains("apt-get install \(package)"))
    }
  }
}
