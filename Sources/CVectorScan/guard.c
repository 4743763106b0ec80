#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vector_scan.h"

// Mappings that are guarded: from `starts` to before `ends`; a start of 0 is a free place.
#define PLACES 256
static _Atomic(uintptr_t) starts[PLACES];
static _Atomic(uintptr_t) ends[PLACES];
static struct sigaction previous;
static uintptr_t page_size;

// Puts a page of zeros where a guarded file has become too short; all else goes to who was there before.
// mmap is no more than a system call, so it may be called here.
static void handle(int signal, siginfo_t *info, void *context) {
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int place = 0; place < PLACES; place++) {
    uintptr_t start = atomic_load(&starts[place]);
    if (start == 0 || address < start || address >= atomic_load(&ends[place])) continue;
    void *page = (void *)(address & ~(page_size - 1));
    if (mmap(page, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) != MAP_FAILED)
      return;
  }
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // The access is tried again, and ends the process.
    sigaction(SIGBUS, &previous, NULL);
  } else {
    previous.sa_handler(signal);
  }
}

static void install(void) {
  page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
}

int vs_guard(const void *start, size_t size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  for (int place = 0; place < PLACES; place++) {
    uintptr_t free = 0;
    // Claimed with an address that nothing has, until the end is known.
    if (!atomic_compare_exchange_strong(&starts[place], &free, UINTPTR_MAX)) continue;
    atomic_store(&ends[place], (uintptr_t)start + size);
    atomic_store(&starts[place], (uintptr_t)start);
    return place;
  }
  return -1;
}

void vs_unguard(int place) {
  if (place >= 0) atomic_store(&starts[place], 0);
}
