import CLIPCleaning
import CLIPData
import Foundation
import TestSupport
import Testing

struct TranslatedSetTests {
  private func coco(in folder: TemporaryFolder) throws -> URL {
    for index in 1...5 {
      try folder.write(PlantedSet.picture(UInt64(index)), to: "images/\(index).jpg")
    }
    try folder.write("no picture", to: "images/6.jpg")
    return try folder.write(
      """
      {"info": {}, "images": [
        {"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}, {"id": 3, "file_name": "3.jpg"},
        {"id": 4, "file_name": "4.jpg"}, {"id": 6, "file_name": "6.jpg"}, {"id": 7, "file_name": "7.jpg"},
        {"id": 8, "file_name": "../secret.jpg"}],
       "annotations": [
        {"image_id": 1, "id": 11, "caption": "A cat. "}, {"image_id": 1, "id": 12, "caption": "A dog."},
        {"image_id": 2, "id": 13, "caption": "A\\ndog."}, {"image_id": 3, "id": 14, "caption": "A cat."},
        {"image_id": 4, "id": 15, "caption": "A bird."}, {"image_id": 6, "id": 16, "caption": "A cat."},
        {"image_id": 7, "id": 17, "caption": "A cat."}, {"image_id": 8, "id": 18, "caption": "A cat."}]}
      """, to: "captions.json")
  }

  @Test("captions are joined by sentence or id, test pictures and faults are left out and counted")
  func table() throws {
    let folder = try TemporaryFolder()
    let annotations = try Annotations(coco(in: folder), form: .coco)
    try folder.write("A cat.\t一只猫\nA dog.\t一条狗\n12\t那条狗\n", to: "zh.tsv")
    try folder.write(PlantedSet.picture(2), to: "test/x.png")
    let set = TranslatedSet(
      annotations, pictures: [folder.url.appending(path: "images")],
      excluding: try TranslatedSet.ids(
        in: folder.write("COCO_val2014_000000000003.jpg#zhm#0\n", to: "ids.txt")),
      against: [folder.url.appending(path: "test").path])
    let table = try Translations(folder.url.appending(path: "zh.tsv"))
    #expect(set.missing(in: table) == ["A bird."])
    let output = folder.url.appending(path: "out")
    let report = try set.write(table, to: output, split: "train", overwrite: false) { _, _ in }
    #expect(report.captions == 8 && report.sentences == 3 && report.untranslated == 1)
    #expect(report.excludedByID == 1 && report.excludedByContent == 1)
    #expect(report.missing == 2 && report.broken == 1 && report.pictures == 1)
    let written = try TSVDataset(directory: output, split: "train")
    #expect(try written.captions().map(\.text) == ["一只猫", "那条狗"])
    #expect(try written.captions().map(\.textID) == [11, 12])
    #expect(throws: CleaningError.self) {
      try set.write(table, to: output, split: "train", overwrite: false) { _, _ in }
    }
  }

  @Test("a command translates each sentence once; what it lacks or adds is an error")
  func translator() throws {
    let folder = try TemporaryFolder()
    let annotations = try Annotations(coco(in: folder), form: .coco)
    let set = TranslatedSet(
      annotations, pictures: [folder.url.appending(path: "images")], excluding: [], against: [])
    let cache = folder.url.appending(path: "cache")
    let log = folder.url.appending(path: "log").path
    var table = Translations()
    let command = "tee -a '\(log)' | sed 's/^A /一/'"
    for _ in 0..<2 {
      table = Translations()
      try set.complete(
        &table, with: TranslatorCommand(command, chunkSize: 2), keepingIn: cache
      ) { _, _ in }
    }
    #expect(set.missing(in: table).isEmpty)
    // The second time everything was found again.
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "A cat.\nA dog.\nA bird.\n")
    for wrong in ["head -n 1", "cat; echo more", "exit 3", "sleep 5"] {
      var table = Translations()
      #expect(throws: CleaningError.self) {
        try set.complete(
          &table, with: TranslatorCommand(wrong, timeout: 1),
          keepingIn: folder.url.appending(path: "other")
        ) { _, _ in }
      }
    }
  }

  @Test("regions of Visual Genome are captions, the largest first, and know COCO's ids")
  func visualGenome() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      [{"id": 5, "regions": [
         {"region_id": 1, "image_id": 5, "phrase": "small", "x": 0, "y": 0, "width": 2, "height": 2},
         {"region_id": 2, "image_id": 5, "phrase": "large", "x": 0, "y": 0, "width": 9, "height": 9}]},
       {"id": 6, "regions": [{"region_id": 3, "phrase": "small", "width": 1, "height": 1}]}]
      """, to: "regions.json")
    let data = try folder.write(
      #"[{"image_id": 5, "coco_id": null, "url": "u"}, {"image_id": 6, "coco_id": 77}]"#,
      to: "image_data.json")
    let annotations = try Annotations(file, form: .visualGenome, regions: 1, imageData: data)
    #expect(annotations.sentences == ["large", "small"])
    #expect(annotations.cocoIDs == [6: 77])
    #expect(throws: CleaningError.self) {
      try Annotations(folder.write("[{\"regions\": []}]", to: "a.json"), form: .visualGenome)
    }
    #expect(throws: CleaningError.self) {
      try Annotations(folder.write("[{\"id\": 5", to: "b.json"), form: .visualGenome)
    }
  }

  @Test(
    "tables that contradict themselves or have another form are refused with their line",
    arguments: ["a\tb\na\tc\n", "a\n", "a\t\n", "a\tb\tc\n"])
  func tables(text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "zh.tsv")
    #expect { try Translations(file) } throws: { "\($0)".contains("line") }
  }
}
