// What CLIPImages needs from the picture libraries, as plain C: no error leaves by longjmp, every
// size is checked before memory is asked for.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include "cimage_decode.h"
#include "cimage_encode.h"
#include "cimage_glyphs.h"
#include "cimage_pixels.h"
#include "cimage_resample.h"

#endif
