#include "library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int is_kept_out(const char *name) {
  const char *list = getenv("CNCLIP_WITHOUT_LIBRARIES");
  return list && strstr(list, name);
}

int cimage_load_library(const char *name, const char *const *names, const cimage_symbol *symbols,
                        size_t count) {
  if (is_kept_out(name)) return 0;
  for (; *names; names++) {
    void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    int complete = 1;
    for (size_t index = 0; index < count; index++) {
      void *address = dlsym(library, symbols[index].name);
      *symbols[index].address = address;
      complete &= address || symbols[index].optional;
    }
    if (complete) return 1;
    dlclose(library);
  }
  return 0;
}

cimage_status cimage_fail_without(cimage_failure *failure, const char *library) {
  return cimage_fail(failure, CIMAGE_NO_LIBRARY, "%s", library);
}
