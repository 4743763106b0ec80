import CLIPImages
import Threads

/// The embeddings of many pictures, made while they are asked for.
///
/// Files are read and decoded in parallel with the network, a few batches ahead of the loop and no
/// further, so memory stays bounded however many pictures there are. A picture that cannot be read
/// is an element like the others. When the task that asks is cancelled the sequence ends with
/// `CancellationError`; it also stops working when the loop is left.
public struct PictureEmbeddings: AsyncSequence, Sendable {
  /// A picture and what became of it.
  public struct Element: Sendable {
    /// Which of the pictures given, from 0.
    public let index: Int
    /// The picture's name.
    public let name: String
    /// The embedding, or what kept the picture from being read.
    public let embedding: Result<Embeddings.Row, any Error>
    /// A sentence about a file that is damaged but could be read.
    public let warning: String?
  }

  /// Asks for one embedding after the other; the work begins with the first.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private enum State {
      case waiting(PictureEmbeddings)
      case working(PictureBatches<Embeddings.Row>)
    }

    private let pictures: [PictureInput]
    private var state: State
    private var ready: ArraySlice<Element> = []

    fileprivate init(_ embeddings: PictureEmbeddings) {
      pictures = embeddings.pictures
      state = .waiting(embeddings)
    }

    /// The next picture's embedding, or nil after the last.
    ///
    /// - Throws: `CancellationError` in a cancelled task; an error of the network.
    public mutating func next() async throws -> Element? {
      try Task.checkCancellation()
      if ready.isEmpty {
        let (batches, pictures) = (start(), pictures)
        ready = try await withTaskCancellationHandler {
          let outcomes = try await offloaded { try batches.next() }
          try Task.checkCancellation()
          return outcomes.map {
            Element(
              index: $0.index, name: pictures[$0.index].name, embedding: $0.row,
              warning: $0.warning)
          }[...]
        } onCancel: {
          batches.cancel()
        }
      }
      return ready.popFirst()
    }

    private mutating func start() -> PictureBatches<Embeddings.Row> {
      switch state {
      case .working(let batches): return batches
      case .waiting(let embeddings):
        let (model, normalized) = (embeddings.model, embeddings.normalized)
        let batches = PictureBatches(embeddings.pictures, of: model) {
          Array(try model.embed(images: $0, normalized: normalized))
        }
        state = .working(batches)
        return batches
      }
    }
  }

  let model: CLIP
  let pictures: [PictureInput]
  let normalized: Bool

  /// Begins with the first picture.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

extension CLIP {
  /// The embeddings of pictures of any number, read while they are asked for.
  ///
  /// ```swift
  /// for try await picture in model.embeddings(of: paths.map(PictureInput.init(path:))) {
  ///   print(picture.name, try picture.embedding.get())
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - pictures: what to read.
  ///   - normalized: whether embeddings get unit length.
  /// - Returns: a sequence in the pictures' order; nothing is read before it is asked.
  public func embeddings(
    of pictures: [PictureInput], normalized: Bool = true
  ) -> PictureEmbeddings {
    PictureEmbeddings(model: self, pictures: pictures, normalized: normalized)
  }
}
