// Checksums by xxHash, compiled in from its header.
#include <string.h>

#define XXH_INLINE_ALL
#if !__has_include(<xxhash.h>)
#error "xxhash.h not found: install Debian's libxxhash-dev ('make packages' does)"
#endif
#include <xxhash.h>

#include "vector_scan.h"

uint64_t vs_checksum(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

struct vs_hasher {
  XXH3_state_t *state;
};

vs_hasher *vs_hasher_create(void) {
  vs_hasher *hasher = malloc(sizeof(vs_hasher));
  if (hasher == NULL) return NULL;
  hasher->state = XXH3_createState();
  if (hasher->state == NULL) {
    free(hasher);
    return NULL;
  }
  XXH3_128bits_reset(hasher->state);
  return hasher;
}

void vs_hasher_update(vs_hasher *hasher, const void *bytes, size_t count) {
  XXH3_128bits_update(hasher->state, bytes, count);
}

void vs_hasher_finish(vs_hasher *hasher, uint8_t digest[16]) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hasher->state));
  memcpy(digest, canonical.digest, 16);
}

void vs_hasher_free(vs_hasher *hasher) {
  if (hasher == NULL) return;
  XXH3_freeState(hasher->state);
  free(hasher);
}
