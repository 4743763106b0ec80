#ifndef CPOOL_H
#define CPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "ccurl.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// Many GET requests at once on one thread, over libcurl's multi interface. Connections are kept and
/// used again. All functions but cc_pool_wake are for the one thread that owns the pool.
typedef struct cc_pool_s *cc_pool;

typedef struct cc_transfer {
  const char *url;
  const char *agent;
  /// Where to connect instead of where the URL's host says, as `::ADDRESS:PORT`.
  const char *connect_to;
  /// A file with the certificate authorities to trust; NULL for the system's.
  const char *_Nullable certificates;
  long connect_seconds;
  long total_seconds;
  /// How long a connection may bring no byte.
  long stall_seconds;
  void *context;
  /// A line of the response's header, with its line end; false stops the transfer.
  bool (*on_header)(void *context, const char *line, size_t length);
  /// The next bytes of the body; false stops the transfer.
  bool (*on_body)(void *context, const void *bytes, size_t length);
} cc_transfer;

/// NULL if libcurl cannot start.
cc_pool _Nullable cc_pool_create(long connections);

/// Stops all transfers; their callbacks are not called any more.
void cc_pool_free(cc_pool pool);

/// Begins a GET; redirects are not followed, and bodies are not decompressed. False if libcurl has
/// no memory.
bool cc_pool_start(cc_pool pool, const cc_transfer *transfer);

/// Lets transfers go on, waiting at most so long for something to happen.
bool cc_pool_run(cc_pool pool, int milliseconds);

/// Takes a transfer that has ended: its context and why it failed. False if there is none.
bool cc_pool_take(cc_pool pool, void *_Nullable *_Nonnull context, cc_failure *failure);

/// Ends the waiting of cc_pool_run; from any thread.
void cc_pool_wake(cc_pool pool);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
