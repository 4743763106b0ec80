#include "shared.h"

#include <pthread.h>
#include <stdio.h>

// The handle itself is the client: it owns its pool of connections.
struct cc_client_s;

static pthread_once_t started = PTHREAD_ONCE_INIT;
static CURLcode start_code = CURLE_FAILED_INIT;

static void start(void) { start_code = curl_global_init(CURL_GLOBAL_DEFAULT); }

bool cc_start(void) {
  pthread_once(&started, start);
  return start_code == CURLE_OK;
}

cc_client cc_client_create(void) {
  return cc_start() ? (cc_client)curl_easy_init() : NULL;
}

void cc_client_free(cc_client client) { curl_easy_cleanup((CURL *)client); }

static size_t forward_header(char *line, size_t size, size_t count, void *context) {
  const cc_request *request = context;
  // Any other number than was given makes libcurl stop.
  return request->on_header(request->context, line, size * count) ? size * count : 0;
}

static size_t forward_body(char *bytes, size_t size, size_t count, void *context) {
  const cc_request *request = context;
  size_t length = size * count;
  if (length == 0) return 0;
  return request->on_body(request->context, bytes, length) ? length : 0;
}

static int forward_tick(void *context, curl_off_t download_total, curl_off_t downloaded,
                        curl_off_t upload_total, curl_off_t uploaded) {
  (void)download_total, (void)downloaded, (void)upload_total, (void)uploaded;
  const cc_request *request = context;
  return request->on_tick(request->context) ? 0 : 1;
}

cc_failure cc_failure_of(CURLcode code) {
  switch (code) {
  case CURLE_OK: return CC_NONE;
  case CURLE_WRITE_ERROR:
  case CURLE_ABORTED_BY_CALLBACK: return CC_STOPPED;
  case CURLE_COULDNT_RESOLVE_HOST: return CC_UNKNOWN_HOST;
  case CURLE_COULDNT_CONNECT: return CC_CANNOT_CONNECT;
  case CURLE_OPERATION_TIMEDOUT: return CC_TIMED_OUT;
  case CURLE_PARTIAL_FILE:
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM: return CC_INTERRUPTED;
  case CURLE_COULDNT_RESOLVE_PROXY:
#if LIBCURL_VERSION_NUM >= 0x074900
  case CURLE_PROXY:
#endif
    return CC_PROXY;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM: return CC_TLS;
  default: return CC_OTHER;
  }
}

static CURLcode configure(CURL *curl, const cc_request *request, struct curl_slist *headers,
                          struct curl_slist *connect_to) {
  CURLcode code = CURLE_OK;
#define SET(option, value)                                                                         \
  if (code == CURLE_OK) code = curl_easy_setopt(curl, option, value)
  SET(CURLOPT_URL, request->url);
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  SET(CURLOPT_HTTPHEADER, headers);
  SET(CURLOPT_USERAGENT, "swift-chinese-clip");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  // An empty string, unlike NULL, also keeps libcurl from reading the environment: which variable
  // holds for which URL is decided by the caller.
  SET(CURLOPT_PROXY, request->proxy ? request->proxy : "");
  SET(CURLOPT_NOPROXY, request->proxy_exceptions);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (connect_to) SET(CURLOPT_CONNECT_TO, connect_to);
  if (request->certificates) SET(CURLOPT_CAINFO, request->certificates);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
  SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
  SET(CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
  SET(CURLOPT_BUFFERSIZE, 256L * 1024L);
  SET(CURLOPT_HEADERFUNCTION, forward_header);
  SET(CURLOPT_HEADERDATA, (void *)request);
  SET(CURLOPT_WRITEFUNCTION, forward_body);
  SET(CURLOPT_WRITEDATA, (void *)request);
  SET(CURLOPT_XFERINFOFUNCTION, forward_tick);
  SET(CURLOPT_XFERINFODATA, (void *)request);
  SET(CURLOPT_NOPROGRESS, 0L);
#undef SET
  return code;
}

static CURLcode configure_post(CURL *curl, const cc_body *body) {
  CURLcode code = curl_easy_setopt(curl, CURLOPT_POST, 1L);
  if (code == CURLE_OK)
    code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->bytes);
  if (!body->speaks_http2) return code;
  if (code == CURLE_OK)
    code = curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  // Before version 8, libcurl fails on a connection that it uses again so (error 16).
  if (code == CURLE_OK && curl_version_info(CURLVERSION_NOW)->version_num < 0x080000)
    code = curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  return code;
}

static cc_result perform(cc_client client, const cc_request *request, const cc_body *body) {
  CURL *curl = (CURL *)client;
  cc_result result = {.failure = CC_NONE, .message = ""};
  // Keeps the open connections, forgets the last request.
  curl_easy_reset(curl);

  struct curl_slist *headers = NULL;
  CURLcode code = CURLE_OK;
  for (size_t index = 0; index < request->header_count && code == CURLE_OK; index++) {
    struct curl_slist *longer = curl_slist_append(headers, request->headers[index]);
    if (longer) headers = longer;
    else code = CURLE_OUT_OF_MEMORY;
  }
  struct curl_slist *connect_to = NULL;
  if (request->connect_to && code == CURLE_OK) {
    connect_to = curl_slist_append(NULL, request->connect_to);
    if (!connect_to) code = CURLE_OUT_OF_MEMORY;
  }
  char message[CURL_ERROR_SIZE] = "";
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  if (code == CURLE_OK) code = configure(curl, request, headers, connect_to);
  if (code == CURLE_OK && body) code = configure_post(curl, body);
  if (code == CURLE_OK) code = curl_easy_perform(curl);

  result.failure = cc_failure_of(code);
  // A proxy that refuses to open a tunnel is reported as a failed receive.
  long connect_status = 0;
  if (code == CURLE_RECV_ERROR &&
      curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &connect_status) == CURLE_OK &&
      connect_status >= 300)
    result.failure = CC_PROXY;
  if (code != CURLE_OK)
    snprintf(result.message, sizeof result.message, "%s",
             message[0] ? message : curl_easy_strerror(code));
  // The message is about to go out of scope.
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
  curl_slist_free_all(headers);
  // The handle lives on and must not look at it again.
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, NULL);
  curl_slist_free_all(connect_to);
  return result;
}

cc_result cc_client_get(cc_client client, const cc_request *request) {
  return perform(client, request, NULL);
}

cc_result cc_client_post(cc_client client, const cc_request *request, const cc_body *body) {
  return perform(client, request, body);
}
