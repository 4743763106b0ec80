package import NIOCore
package import NIOHTTPTypes

/// Closes connections whose request does not arrive, or whose answer is not taken, in time.
///
/// The idle timeout of the server only sees silence; a client that sends or reads a byte now and
/// then would hold a connection for ever. Requests and answers are timed apart, because they do not
/// take turns: the next request may arrive while an answer is sent, and an answer may be sent before
/// its request has arrived.
package final class ExchangeGuard: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart
  package typealias InboundOut = HTTPRequestPart
  package typealias OutboundIn = HTTPResponsePart
  package typealias OutboundOut = HTTPResponsePart

  private let requestLimit: TimeAmount
  private let answerLimit: TimeAmount
  private let byteLimit: Int
  private var receivedBytes = 0
  /// Requests that have arrived in full, and answers that have been sent in full.
  private var arrived = 0
  private var answered = 0
  private var requestTimer: Scheduled<Void>?
  private var answerTimer: Scheduled<Void>?

  /// - Parameters:
  ///   - requestLimit: From the first line of a request to its end, whatever has been answered.
  ///   - answerLimit: From the end of a request, or of the answer before, to the end of its answer.
  ///   - byteLimit: More bytes of a body than this close the connection: whoever goes on sending
  ///     after the server has refused the body is not worth waiting for.
  package init(requestLimit: TimeAmount, answerLimit: TimeAmount, byteLimit: Int) {
    self.requestLimit = requestLimit
    self.answerLimit = answerLimit
    self.byteLimit = byteLimit
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      receivedBytes = 0
      requestTimer = timer(requestLimit, context)
    case .body(let part):
      receivedBytes += part.readableBytes
      guard receivedBytes <= byteLimit else { return context.close(promise: nil) }
    case .end:
      requestTimer?.cancel()
      arrived += 1
      if answerTimer == nil, answered < arrived { answerTimer = timer(answerLimit, context) }
    }
    context.fireChannelRead(data)
  }

  package func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    guard case .end = unwrapOutboundIn(data) else {
      return context.write(data, promise: promise)
    }
    let written = promise ?? context.eventLoop.makePromise()
    let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in
      let (guardian, context) = loopBound.value
      guardian.endAnswer(context)
    }
    context.write(data, promise: written)
  }

  private func endAnswer(_ context: ChannelHandlerContext) {
    answered += 1
    answerTimer?.cancel()
    answerTimer =
      answered < arrived && context.channel.isActive ? timer(answerLimit, context) : nil
  }

  package func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) { stop() }

  private func timer(_ limit: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: limit) { loopBound.value.close(promise: nil) }
  }

  private func stop() {
    requestTimer?.cancel()
    answerTimer?.cancel()
  }
}
