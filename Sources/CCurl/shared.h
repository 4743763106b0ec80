#ifndef CCURL_SHARED_H
#define CCURL_SHARED_H

#include "ccurl.h"

#if !__has_include(<curl/curl.h>)
#error "libcurl's header not found: run 'make packages', or install libcurl4-openssl-dev."
#endif

#include <curl/curl.h>

// Starts libcurl once; false if it cannot.
bool cc_start(void);

cc_failure cc_failure_of(CURLcode code);

#endif
