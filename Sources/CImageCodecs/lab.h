// CIE L*a*b* of eight bits to sRGB; private to this target.
#ifndef CIMAGE_LAB_H
#define CIMAGE_LAB_H

#include <stdint.h>

/// Converts a sample in place: L* from 0 to 255, a* and b* around 128; white point D50.
///
/// As Pillow has it from LittleCMS: from a table of 33 steps of each axis, with tetrahedra between.
void cimage_lab_to_rgb(uint8_t *pixel);

#endif
