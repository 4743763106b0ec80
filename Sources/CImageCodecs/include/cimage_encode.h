// JPEG and PNG writers for thumbnails and contact sheets.
#ifndef CIMAGE_ENCODE_H
#define CIMAGE_ENCODE_H

#include "cimage_decode.h"

#pragma clang assume_nonnull begin

/// Encodes interleaved 8-bit RGB rows; `*bytes` is to be released with cimage_free.
cimage_status cimage_encode_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height,
                                 int quality, uint8_t *_Nullable *_Nonnull bytes, size_t *count,
                                 cimage_failure *failure);

/// The same as PNG; `level` is zlib's, 0 to 9.
cimage_status cimage_encode_png(const uint8_t *rgb, uint32_t width, uint32_t height, int level,
                                uint8_t *_Nullable *_Nonnull bytes, size_t *count,
                                cimage_failure *failure);

void cimage_free(void *_Nullable bytes);

#pragma clang assume_nonnull end
#endif
