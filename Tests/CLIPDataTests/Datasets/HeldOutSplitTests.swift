import CLIPData
import Testing

struct HeldOutSplitTests {
  @Test("the parts share no picture, lose none, and come out the same again")
  func parts() throws {
    let dataset = try TSVDataset(directory: Fixture.directory, split: "tiny")
    let split = try HeldOutSplit(dataset, share: 0.34)
    let (training, heldOut) = (Set(split.training.imageIDs()), Set(split.heldOut.imageIDs()))
    #expect(heldOut.count == 2 && training.count == 4 && training.isDisjoint(with: heldOut))
    #expect(split.training.pairCount + split.heldOut.pairCount == dataset.pairCount)
    for caption in split.heldOut.captions() { #expect(heldOut.isSuperset(of: caption.imageIDs)) }
    #expect(try HeldOutSplit(dataset, share: 0.34).heldOut.imageIDs() == split.heldOut.imageIDs())
    for share in [0, 1, 0.01, 0.99, -1, .nan] {
      #expect(throws: DataError.self) { try HeldOutSplit(dataset, share: share) }
    }
  }
}
