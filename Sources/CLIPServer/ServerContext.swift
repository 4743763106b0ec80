package import Hummingbird
package import NIOCore

/// What the server keeps of one request while it is answered.
package struct ServerContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Who is at the other end of the connection; `nil` without a socket.
  package let peer: SocketAddress?

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress
  }
}
