// EXIF in a PNG's text chunk, as ImageMagick and others wrote it before the chunk eXIf existed:
// `Raw profile type exif`, then "\nexif\n    LENGTH\n" and hexadecimal digits.
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "decoder.h"

enum { maximum_text = 1 << 20 };  // a text is at most as long; EXIF itself is at most 64 KB in JPEG

static uint32_t read32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// The text of a chunk behind its keyword; nil if it cannot be unpacked within the limit.
static char *text_of(const uint8_t *name, const uint8_t *contents, size_t count) {
  char *text = malloc(maximum_text + 1);
  uLongf length = maximum_text;
  if (!text) return NULL;
  if (memcmp(name, "zTXt", 4) == 0) {
    if (count < 1 || contents[0] != 0 ||
        uncompress((Bytef *)text, &length, contents + 1, count - 1) != Z_OK) {
      free(text);
      return NULL;
    }
  } else {
    length = count < maximum_text ? count : maximum_text;
    memcpy(text, contents, length);
  }
  text[length] = 0;
  return text;
}

static int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

/// Undoes the hexadecimal digits in place.
static int unpack(char *text, cimage_block *block) {
  // A line with the profile's name, one with its length.
  const char *source = strchr(text + (text[0] == '\n'), '\n');
  source = source ? strchr(source + 1, '\n') : NULL;
  if (!source) return 0;
  uint8_t *bytes = (uint8_t *)text;
  size_t count = 0;
  int high = -1;
  for (; *source; source++) {
    int value = digit(*source);
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      bytes[count++] = (uint8_t)(high << 4 | value);
      high = -1;
    }
  }
  size_t prefix = count > 6 && memcmp(bytes, "Exif\0\0", 6) == 0 ? 6 : 0;
  *block = (cimage_block){text, bytes + prefix, count - prefix};
  return count > 8;
}

int cimage_copy_png_exif(const uint8_t *bytes, size_t count, cimage_block *block) {
  static const char *const keywords[] = {"Raw profile type exif", "Raw profile type APP1"};
  size_t position = 8;
  while (position <= count && count - position >= 12) {
    size_t length = read32(bytes + position);
    const uint8_t *name = bytes + position + 4, *contents = bytes + position + 8;
    if (length > count - position - 12) return 0;
    int is_text = memcmp(name, "zTXt", 4) == 0 || memcmp(name, "tEXt", 4) == 0;
    for (int index = 0; is_text && index < 2; index++) {
      size_t size = strlen(keywords[index]) + 1;
      if (length <= size || memcmp(contents, keywords[index], size) != 0) continue;
      char *text = text_of(name, contents + size, length - size);
      if (text && unpack(text, block)) return 1;
      free(text);
      return 0;
    }
    position += length + 12;
  }
  return 0;
}
