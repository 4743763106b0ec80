// Words as pixels through FreeType: what is declared here of its interface has stood since 2.1.
#include "cimage_glyphs.h"

#include <pthread.h>
#include <stdlib.h>

#include "library.h"

// From freetype/freetype.h, freetype/fttypes.h and freetype/ftimage.h.
typedef struct {
  void *data;
  void (*finalizer)(void *);
} FT_Generic;
typedef struct {
  unsigned rows, width;
  int pitch;
  unsigned char *buffer;
  unsigned short num_grays;
  unsigned char pixel_mode, palette_mode;
  void *palette;
} FT_Bitmap;
typedef struct {
  void *library, *face, *next;
  unsigned glyph_index;
  FT_Generic generic;
  long metrics[8];
  long linear_advances[2];
  long advance_x, advance_y;
  int format;
  FT_Bitmap bitmap;
  int bitmap_left, bitmap_top;
} FT_GlyphSlotRec;
typedef struct {
  long num_faces, face_index, face_flags, style_flags, num_glyphs;
  char *family_name, *style_name;
  int num_fixed_sizes;
  void *available_sizes;
  int num_charmaps;
  void *charmaps;
  FT_Generic generic;
  long bbox[4];
  unsigned short units_per_EM;
  short ascender, descender, height, max_advance_width, max_advance_height;
  short underline_position, underline_thickness;
  FT_GlyphSlotRec *glyph;
} FT_FaceRec;
enum { FT_LOAD_RENDER = 4, FT_PIXEL_MODE_GRAY = 2, largest_size = 512 };

static struct {
  int (*init)(void **library);
  int (*done)(void *library);
  int (*new_face)(void *library, const char *path, long index, FT_FaceRec **face);
  int (*done_face)(FT_FaceRec *face);
  int (*set_size)(FT_FaceRec *face, unsigned width, unsigned height);
  unsigned (*index)(FT_FaceRec *face, unsigned long character);
  int (*load)(FT_FaceRec *face, unsigned glyph, int flags);
} freetype;
static int is_there;

static void load(void) {
  static const char *const names[] = {
      "libfreetype.so.6", "libfreetype.6.dylib", "/opt/homebrew/lib/libfreetype.6.dylib",
      "/usr/local/lib/libfreetype.6.dylib", NULL};
  const cimage_symbol symbols[] = {
      {"FT_Init_FreeType", (void **)&freetype.init, 0},
      {"FT_Done_FreeType", (void **)&freetype.done, 0},
      {"FT_New_Face", (void **)&freetype.new_face, 0},
      {"FT_Done_Face", (void **)&freetype.done_face, 0},
      {"FT_Set_Pixel_Sizes", (void **)&freetype.set_size, 0},
      {"FT_Get_Char_Index", (void **)&freetype.index, 0},
      {"FT_Load_Glyph", (void **)&freetype.load, 0},
  };
  is_there = cimage_load_library("freetype", names, symbols, sizeof symbols / sizeof *symbols);
}

struct cimage_font_s {
  void *library;
  FT_FaceRec *face;
};

cimage_font cimage_font_open(const char *path, long index) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (!is_there) return NULL;
  cimage_font font = calloc(1, sizeof *font);
  if (!font) return NULL;
  if (freetype.init(&font->library)) {
    free(font);
    return NULL;
  }
  if (freetype.new_face(font->library, path, index, &font->face)) {
    freetype.done(font->library);
    free(font);
    return NULL;
  }
  return font;
}

void cimage_font_close(cimage_font font) {
  freetype.done_face(font->face);
  freetype.done(font->library);
  free(font);
}

int cimage_font_has(cimage_font font, uint32_t character) {
  return freetype.index(font->face, character) != 0;
}

/// Adds a glyph's ink, cut off at the edges.
static void blend(const FT_GlyphSlotRec *glyph, uint8_t *alpha, size_t width, size_t height, long x,
                  long y) {
  const FT_Bitmap *bitmap = &glyph->bitmap;
  if (bitmap->pixel_mode != FT_PIXEL_MODE_GRAY || !bitmap->buffer) return;
  for (unsigned row = 0; row < bitmap->rows; row++) {
    const long to_row = y - glyph->bitmap_top + (long)row;
    if (to_row < 0 || to_row >= (long)height) continue;
    for (unsigned column = 0; column < bitmap->width; column++) {
      const long to_column = x + glyph->bitmap_left + (long)column;
      if (to_column < 0 || to_column >= (long)width) continue;
      const uint8_t ink = bitmap->buffer[(long)row * bitmap->pitch + (long)column];
      uint8_t *place = alpha + (size_t)to_row * width + (size_t)to_column;
      if (ink > *place) *place = ink;
    }
  }
}

long cimage_font_write(cimage_font font, const uint32_t *text, size_t count, unsigned size,
                       uint8_t *alpha, size_t width, size_t height, long x, long y) {
  if (size < 1 || size > largest_size || freetype.set_size(font->face, 0, size)) return x;
  for (size_t index = 0; index < count; index++) {
    const unsigned glyph = freetype.index(font->face, text[index]);
    if (freetype.load(font->face, glyph, FT_LOAD_RENDER)) continue;
    const FT_GlyphSlotRec *slot = font->face->glyph;
    if (alpha) blend(slot, alpha, width, height, x, y);
    x += slot->advance_x / 64;
  }
  return x;
}
