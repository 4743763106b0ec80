#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// One request over libcurl, whose own functions take a variable number of arguments and can
/// therefore not be called from Swift. Many at once: cpool.h.

/// Keeps connections open between requests. Use it from one thread at a time.
typedef struct cc_client_s *cc_client;

/// Why a request brought no complete response.
typedef enum cc_failure {
  CC_NONE = 0,
  /// A callback returned false.
  CC_STOPPED,
  /// The host's name could not be resolved.
  CC_UNKNOWN_HOST,
  /// Nobody answered at the host's address.
  CC_CANNOT_CONNECT,
  /// Connecting took too long, or no byte came for too long.
  CC_TIMED_OUT,
  /// The connection ended before the response did.
  CC_INTERRUPTED,
  /// The proxy could not be found, or refused.
  CC_PROXY,
  /// The server's certificate was not accepted, or TLS failed otherwise.
  CC_TLS,
  /// Anything else; the message says what.
  CC_OTHER
} cc_failure;

typedef struct cc_request {
  const char *url;
  /// `Name: value`, as many as `header_count`.
  const char *_Nonnull const *_Nullable headers;
  size_t header_count;
  /// The proxy's URL; NULL for a direct connection. The environment is not looked at.
  const char *_Nullable proxy;
  /// Hosts that are reached without the proxy, in the form of the variable NO_PROXY.
  const char *proxy_exceptions;
  /// Where to connect instead of where the URL's host says, as `::ADDRESS:PORT`; NULL for there.
  const char *_Nullable connect_to;
  /// A file with the certificate authorities to trust; NULL for the system's.
  const char *_Nullable certificates;
  long connect_seconds;
  /// How long a connection may bring no byte.
  long stall_seconds;
  void *context;
  /// A line of the response's header, with its line end; trailers too.
  bool (*on_header)(void *context, const char *line, size_t length);
  /// The next bytes of the body. The connection waits until this returns.
  bool (*on_body)(void *context, const void *bytes, size_t length);
  /// Called about once a second, and more often while bytes flow.
  bool (*on_tick)(void *context);
} cc_request;

typedef struct cc_result {
  cc_failure failure;
  /// libcurl's sentence on the failure; empty if there is none.
  char message[256];
} cc_result;

/// NULL if libcurl cannot start.
cc_client _Nullable cc_client_create(void);

void cc_client_free(cc_client client);

/// Performs one GET. Redirects are not followed, and bodies are not decompressed.
cc_result cc_client_get(cc_client client, const cc_request *request);

/// What a POST sends.
typedef struct cc_body {
  const void *bytes;
  size_t length;
  /// Whether an `http:` address is spoken to in HTTP/2 at once, as gRPC servers want it; `https:`
  /// agrees on it while TLS is set up.
  bool speaks_http2;
} cc_body;

/// Performs one POST. Redirects are not followed, and bodies are not decompressed.
cc_result cc_client_post(cc_client client, const cc_request *request, const cc_body *body);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
