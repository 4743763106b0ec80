#include "guard.hpp"

const char *ct_error_message(ct_error error) { return error->message.c_str(); }

void ct_error_free(ct_error error) { delete error; }

ct_error ct_error_make(const char *message) { return new ct_error_s{message}; }
