// What lies outside of sRGB is clipped at the table's steps and mixed between them, which an exact
// conversion would not do: both give a valid picture, but other tools have this one.
#include "lab.h"

#include <math.h>
#include <pthread.h>

enum { steps = 33 };

static float table[steps][steps][steps][3];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static double linear_of_lab(double value) {
  return value > 6.0 / 29 ? value * value * value : (value - 16.0 / 116) * 108 / 841;
}

static float companded(double value) {
  if (value <= 0) return 0;
  if (value >= 1) return 255;
  value = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055;
  return (float)(255 * value);
}

static void convert(double lightness, double a, double b, float *rgb) {
  double y = (lightness + 16) / 116;
  double x = linear_of_lab(y + a / 500) * 0.9642, z = linear_of_lab(y - b / 200) * 0.8249;
  y = linear_of_lab(y);
  rgb[0] = companded(3.1338561 * x - 1.6168667 * y - 0.4906146 * z);
  rgb[1] = companded(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z);
  rgb[2] = companded(0.0719453 * x - 0.2289914 * y + 1.4052427 * z);
}

static void make_table(void) {
  for (int l = 0; l < steps; l++) {
    for (int a = 0; a < steps; a++) {
      for (int b = 0; b < steps; b++) {
        const double last = steps - 1;
        convert(l / last * 100, a / last * 255 - 128, b / last * 255 - 128, table[l][a][b]);
      }
    }
  }
}

void cimage_lab_to_rgb(uint8_t *pixel) {
  pthread_once(&made, make_table);
  int corner[3];
  float rest[3];
  for (int axis = 0; axis < 3; axis++) {
    float place = (float)pixel[axis] * (steps - 1) / 255;
    corner[axis] = place >= steps - 1 ? steps - 2 : (int)place;
    rest[axis] = place - (float)corner[axis];
  }
  // From the corner along the axes, the longest way first.
  int order[3] = {0, 1, 2};
  for (int pass = 0; pass < 3; pass++) {
    int first = pass == 1;
    if (rest[order[first + 1]] > rest[order[first]]) {
      int axis = order[first];
      order[first] = order[first + 1];
      order[first + 1] = axis;
    }
  }
  const float *at = table[corner[0]][corner[1]][corner[2]];
  float weight = 1 - rest[order[0]];
  float rgb[3] = {at[0] * weight, at[1] * weight, at[2] * weight};
  for (int step = 0; step < 3; step++) {
    corner[order[step]]++;
    at = table[corner[0]][corner[1]][corner[2]];
    weight = rest[order[step]] - (step < 2 ? rest[order[step + 1]] : 0);
    for (int channel = 0; channel < 3; channel++) rgb[channel] += at[channel] * weight;
  }
  for (int channel = 0; channel < 3; channel++) pixel[channel] = (uint8_t)lrintf(rgb[channel]);
}
