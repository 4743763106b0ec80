#include "guard.hpp"

const char *ct_error_message(ct_error error) { return error->message.c_str(); }

void ct_error_free(ct_error error) { delete error; }
