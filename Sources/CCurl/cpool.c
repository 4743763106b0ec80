#include "cpool.h"
#include "shared.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// A transfer; kept with its handle for the next one.
typedef struct slot {
  CURL *curl;
  struct curl_slist *connect_to;
  cc_transfer transfer;
  struct slot *next, *previous;
} slot;

struct cc_pool_s {
  CURLM *multi;
  struct curl_slist *headers;
  slot *free_slots, *active_slots;
  // The sockets that libcurl waits for: the first is the reading end of the pipe that wakes.
  struct pollfd *polls;
  size_t poll_count, poll_capacity;
  // Of each file descriptor its place among them; 0 for none.
  size_t *places;
  size_t place_capacity;
  struct pollfd *ready;
  size_t ready_capacity;
  int wake[2];
  // When libcurl wants to be called, in milliseconds of the monotonic clock; -1 for never.
  long long deadline;
  bool has_failed;
};

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool grow(void **memory, size_t *capacity, size_t count, size_t size) {
  if (count <= *capacity) return true;
  size_t wanted = *capacity ? *capacity : 64;
  while (wanted < count) wanted *= 2;
  char *larger = realloc(*memory, wanted * size);
  if (!larger) return false;
  for (size_t index = *capacity * size; index < wanted * size; index++) larger[index] = 0;
  *memory = larger;
  *capacity = wanted;
  return true;
}

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *context, void *unused) {
  (void)curl, (void)unused;
  cc_pool pool = context;
  if (!grow((void **)&pool->places, &pool->place_capacity, (size_t)socket + 1, sizeof(size_t))) {
    pool->has_failed = true;
    return -1;
  }
  size_t place = pool->places[socket];
  if (what == CURL_POLL_REMOVE) {
    if (!place) return 0;
    size_t last = --pool->poll_count;
    pool->polls[place] = pool->polls[last];
    pool->places[pool->polls[place].fd] = place;
    pool->places[socket] = 0;
    return 0;
  }
  if (!place) {
    if (!grow((void **)&pool->polls, &pool->poll_capacity, pool->poll_count + 1,
              sizeof(struct pollfd))) {
      pool->has_failed = true;
      return -1;
    }
    place = pool->poll_count++;
    pool->places[socket] = place;
  }
  short events = 0;
  if (what & CURL_POLL_IN) events |= POLLIN;
  if (what & CURL_POLL_OUT) events |= POLLOUT;
  pool->polls[place] = (struct pollfd){.fd = socket, .events = events};
  return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *context) {
  (void)multi;
  ((cc_pool)context)->deadline = milliseconds < 0 ? -1 : now() + milliseconds;
  return 0;
}

cc_pool cc_pool_create(long connections) {
  if (!cc_start()) return NULL;
  cc_pool pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->deadline = -1;
  pool->wake[0] = pool->wake[1] = -1;
  pool->multi = curl_multi_init();
  pool->headers = curl_slist_append(NULL, "Accept: image/*,*/*;q=0.8");
  if (!pool->multi || !pool->headers || pipe(pool->wake) != 0 ||
      !grow((void **)&pool->polls, &pool->poll_capacity, 1, sizeof(struct pollfd))) {
    cc_pool_free(pool);
    return NULL;
  }
  for (int end = 0; end < 2; end++) {
    fcntl(pool->wake[end], F_SETFL, O_NONBLOCK);
    fcntl(pool->wake[end], F_SETFD, FD_CLOEXEC);
  }
  pool->polls[0] = (struct pollfd){.fd = pool->wake[0], .events = POLLIN};
  pool->poll_count = 1;
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, connections);
  return pool;
}

static void free_slot(slot *slot) {
  curl_easy_cleanup(slot->curl);
  curl_slist_free_all(slot->connect_to);
  free(slot);
}

static void free_slots(slot *slot) {
  while (slot) {
    struct slot *next = slot->next;
    free_slot(slot);
    slot = next;
  }
}

void cc_pool_free(cc_pool pool) {
  for (slot *slot = pool->active_slots; slot; slot = slot->next)
    curl_multi_remove_handle(pool->multi, slot->curl);
  free_slots(pool->active_slots);
  free_slots(pool->free_slots);
  curl_multi_cleanup(pool->multi);
  curl_slist_free_all(pool->headers);
  for (int end = 0; end < 2; end++)
    if (pool->wake[end] >= 0) close(pool->wake[end]);
  free(pool->polls);
  free(pool->places);
  free(pool->ready);
  free(pool);
}

static size_t forward_header(char *line, size_t size, size_t count, void *context) {
  const slot *slot = context;
  return slot->transfer.on_header(slot->transfer.context, line, size * count) ? size * count : 0;
}

static size_t forward_body(char *bytes, size_t size, size_t count, void *context) {
  const slot *slot = context;
  size_t length = size * count;
  return slot->transfer.on_body(slot->transfer.context, bytes, length) ? length : 0;
}

static CURLcode configure(cc_pool pool, slot *slot, const cc_transfer *transfer) {
  CURL *curl = slot->curl;
  CURLcode code = CURLE_OK;
#define SET(option, value)                                                                         \
  if (code == CURLE_OK) code = curl_easy_setopt(curl, option, value)
  SET(CURLOPT_URL, transfer->url);
  SET(CURLOPT_PRIVATE, slot);
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  SET(CURLOPT_HTTPHEADER, pool->headers);
  SET(CURLOPT_USERAGENT, transfer->agent);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PROXY, "");
  SET(CURLOPT_NOPROXY, "*");
  SET(CURLOPT_CONNECT_TO, slot->connect_to);
  if (transfer->certificates) SET(CURLOPT_CAINFO, transfer->certificates);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_CONNECTTIMEOUT, transfer->connect_seconds);
  SET(CURLOPT_TIMEOUT, transfer->total_seconds);
  SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
  SET(CURLOPT_LOW_SPEED_TIME, transfer->stall_seconds);
  SET(CURLOPT_HEADERFUNCTION, forward_header);
  SET(CURLOPT_HEADERDATA, slot);
  SET(CURLOPT_WRITEFUNCTION, forward_body);
  SET(CURLOPT_WRITEDATA, slot);
#undef SET
  return code;
}

bool cc_pool_start(cc_pool pool, const cc_transfer *transfer) {
  slot *slot = pool->free_slots;
  if (slot) pool->free_slots = slot->next;
  else {
    slot = calloc(1, sizeof *slot);
    if (!slot) return false;
    slot->curl = curl_easy_init();
  }
  slot->transfer = *transfer;
  slot->connect_to = curl_slist_append(NULL, transfer->connect_to);
  if (slot->curl && slot->connect_to && configure(pool, slot, transfer) == CURLE_OK &&
      curl_multi_add_handle(pool->multi, slot->curl) == CURLM_OK) {
    slot->previous = NULL;
    slot->next = pool->active_slots;
    if (slot->next) slot->next->previous = slot;
    pool->active_slots = slot;
    return true;
  }
  free_slot(slot);
  return false;
}

bool cc_pool_run(cc_pool pool, int milliseconds) {
  long long start = now();
  if (pool->deadline >= 0) {
    long long left = pool->deadline > start ? pool->deadline - start : 0;
    if (left < milliseconds) milliseconds = (int)left;
  }
  int running = 0;
  int count = poll(pool->polls, (nfds_t)pool->poll_count, milliseconds);
  if (count > 0) {
    // libcurl changes the list while it is told of what is ready.
    size_t ready = 0;
    if (!grow((void **)&pool->ready, &pool->ready_capacity, (size_t)count, sizeof(struct pollfd)))
      return false;
    for (size_t index = 0; index < pool->poll_count && ready < (size_t)count; index++)
      if (pool->polls[index].revents) pool->ready[ready++] = pool->polls[index];
    for (size_t index = 0; index < ready; index++) {
      struct pollfd *poll = &pool->ready[index];
      if (poll->fd == pool->wake[0]) {
        char bytes[256];
        while (read(pool->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes) {}
        continue;
      }
      int what = 0;
      if (poll->revents & POLLIN) what |= CURL_CSELECT_IN;
      if (poll->revents & POLLOUT) what |= CURL_CSELECT_OUT;
      if (poll->revents & (POLLERR | POLLHUP | POLLNVAL)) what |= CURL_CSELECT_ERR;
      if (curl_multi_socket_action(pool->multi, poll->fd, what, &running) != CURLM_OK) return false;
    }
  }
  if (pool->deadline >= 0 && now() >= pool->deadline) {
    pool->deadline = -1;
    if (curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running) != CURLM_OK)
      return false;
  }
  return !pool->has_failed;
}

bool cc_pool_take(cc_pool pool, void **context, cc_failure *failure) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(pool->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    // The message goes with the handle.
    CURL *curl = message->easy_handle;
    CURLcode code = message->data.result;
    char *pointer = NULL;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &pointer);
    slot *slot = (struct slot *)pointer;
    curl_multi_remove_handle(pool->multi, curl);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, NULL);
    curl_slist_free_all(slot->connect_to);
    slot->connect_to = NULL;
    *context = slot->transfer.context;
    *failure = cc_failure_of(code);
    if (slot->next) slot->next->previous = slot->previous;
    if (slot->previous) slot->previous->next = slot->next;
    else pool->active_slots = slot->next;
    slot->next = pool->free_slots;
    pool->free_slots = slot;
    return true;
  }
  return false;
}

void cc_pool_wake(cc_pool pool) {
  char byte = 1;
  // A full pipe wakes as well.
  ssize_t written = write(pool->wake[1], &byte, 1);
  (void)written;
}
