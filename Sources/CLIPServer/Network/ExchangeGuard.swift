import NIOCore
import NIOHTTPTypes

/// Closes connections whose request does not arrive, or whose answer is not taken, in time.
///
/// The idle timeout of the server only sees silence; a client that sends or reads a byte now and
/// then would hold a connection for ever.
final class ExchangeGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let requestLimit: TimeAmount
  private let answerLimit: TimeAmount
  private let byteLimit: Int
  private var receivedBytes = 0
  private var timer: Scheduled<Void>?

  /// - Parameters:
  ///   - requestLimit: From the first line of a request to its end.
  ///   - answerLimit: From the end of a request to the end of its answer.
  ///   - byteLimit: More bytes of a body than this close the connection: whoever goes on sending
  ///     after the server has refused the body is not worth waiting for.
  init(requestLimit: TimeAmount, answerLimit: TimeAmount, byteLimit: Int) {
    self.requestLimit = requestLimit
    self.answerLimit = answerLimit
    self.byteLimit = byteLimit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      receivedBytes = 0
      start(requestLimit, context)
    case .body(let part):
      receivedBytes += part.readableBytes
      guard receivedBytes <= byteLimit else { return context.close(promise: nil) }
    case .end:
      start(answerLimit, context)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data) else {
      return context.write(data, promise: promise)
    }
    let written = promise ?? context.eventLoop.makePromise()
    let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in loopBound.value.stop() }
    context.write(data, promise: written)
  }

  func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { stop() }

  private func start(_ limit: TimeAmount, _ context: ChannelHandlerContext) {
    stop()
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: limit) { loopBound.value.close(promise: nil) }
  }

  private func stop() {
    timer?.cancel()
    timer = nil
  }
}
