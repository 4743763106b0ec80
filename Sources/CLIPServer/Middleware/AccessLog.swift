import CoreMetrics
import Hummingbird
import Logging

/// Counts and times every request, and logs it without its contents: neither query, nor body, nor
/// file names.
struct AccessLog: RouterMiddleware {
  typealias Context = ServerContext

  let metrics: ServerMetrics

  func handle(
    _ request: Request, context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    metrics.activeRequests.increment()
    defer { metrics.activeRequests.decrement() }
    let response = try await next(request, context)
    let elapsed = ContinuousClock.now - start
    // The pattern of the route, not the address: addresses are without bound and may be private.
    let endpoint = context.endpointPath ?? "other"
    metrics.record(
      endpoint: endpoint, method: request.method.rawValue, status: response.status.code,
      nanoseconds: elapsed.nanoseconds)
    context.logger.info(
      "request",
      metadata: [
        "method": "\(request.method.rawValue)", "endpoint": "\(endpoint)",
        "status": "\(response.status.code)", "milliseconds": "\(elapsed.milliseconds)",
        "bytes": "\(response.body.contentLength ?? -1)",
      ])
    return response
  }
}
