package import Hummingbird

/// What the server keeps of one request while it is answered.
package struct ServerContext: RequestContext {
  package var coreContext: CoreRequestContextStorage

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
  }
}
