// Libraries that are found when they are first needed, so that the package is built and runs
// without them. What we call of each is declared here, from its documented C interface, and its
// version is asked before anything else. Private to this target.
#ifndef CIMAGE_LIBRARY_H
#define CIMAGE_LIBRARY_H

#include "decoder.h"

/// A function of a library, and where its address goes; optional ones may be missing.
typedef struct {
  const char *name;
  void **address;
  int optional;
} cimage_symbol;

/// Opens the first of `names` (ends with NULL) and looks its functions up.
/// `CNCLIP_WITHOUT_LIBRARIES`, a list like `libheif,libjxl`, keeps libraries out, for tests.
/// - Returns: whether all that is needed is there.
int cimage_load_library(const char *name, const char *const *names, const cimage_symbol *symbols,
                        size_t count);

/// Says which library is missing.
cimage_status cimage_fail_without(cimage_failure *failure, const char *library);

#endif
