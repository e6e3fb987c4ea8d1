/*
 * curl.h - libcurl, when and only when somebody needs it
 *
 * Linked, it and the thirty libraries that it brings along would cost every
 * start of a worker or dispatcher 5 ms and 5 MB, and most of them never speak
 * HTTP.  Include this instead of <curl/curl.h>: the calls look as always.
 */
#ifndef AAOS_CORE_CURL_H
#define AAOS_CORE_CURL_H

/* Its macros that check types would call the functions by name. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "core/err.h"

#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

/* Every function of libcurl that we call. */
#define CURL_FUNCTIONS(X)       \
    X(curl_easy_cleanup)        \
    X(curl_easy_getinfo)        \
    X(curl_easy_header)         \
    X(curl_easy_init)           \
    X(curl_easy_setopt)         \
    X(curl_easy_strerror)       \
    X(curl_free)                \
    X(curl_getdate)             \
    X(curl_global_cleanup)      \
    X(curl_global_init)         \
    X(curl_multi_add_handle)    \
    X(curl_multi_assign)        \
    X(curl_multi_cleanup)       \
    X(curl_multi_info_read)     \
    X(curl_multi_init)          \
    X(curl_multi_remove_handle) \
    X(curl_multi_setopt)        \
    X(curl_multi_socket_action) \
    X(curl_multi_strerror)      \
    X(curl_slist_append)        \
    X(curl_slist_free_all)      \
    X(curl_url)                 \
    X(curl_url_cleanup)         \
    X(curl_url_get)             \
    X(curl_url_set)

struct curl_api {
#define X(name) __typeof__(name) *name##_;
    CURL_FUNCTIONS(X)
#undef X
};

/* 0, or -1 with ERR_CONFIG: the library is not there. */
int curl_load(struct err *err);
/* All of it; without curl_load() before, a missing library ends the
 * program. */
const struct curl_api *curl_api(void);

#define curl_easy_cleanup curl_api()->curl_easy_cleanup_
#define curl_easy_getinfo curl_api()->curl_easy_getinfo_
#define curl_easy_header curl_api()->curl_easy_header_
#define curl_easy_init curl_api()->curl_easy_init_
#define curl_easy_setopt curl_api()->curl_easy_setopt_
#define curl_easy_strerror curl_api()->curl_easy_strerror_
#define curl_free curl_api()->curl_free_
#define curl_getdate curl_api()->curl_getdate_
#define curl_global_cleanup curl_api()->curl_global_cleanup_
#define curl_global_init curl_api()->curl_global_init_
#define curl_multi_add_handle curl_api()->curl_multi_add_handle_
#define curl_multi_assign curl_api()->curl_multi_assign_
#define curl_multi_cleanup curl_api()->curl_multi_cleanup_
#define curl_multi_info_read curl_api()->curl_multi_info_read_
#define curl_multi_init curl_api()->curl_multi_init_
#define curl_multi_remove_handle curl_api()->curl_multi_remove_handle_
#define curl_multi_setopt curl_api()->curl_multi_setopt_
#define curl_multi_socket_action curl_api()->curl_multi_socket_action_
#define curl_multi_strerror curl_api()->curl_multi_strerror_
#define curl_slist_append curl_api()->curl_slist_append_
#define curl_slist_free_all curl_api()->curl_slist_free_all_
#define curl_url curl_api()->curl_url_
#define curl_url_cleanup curl_api()->curl_url_cleanup_
#define curl_url_get curl_api()->curl_url_get_
#define curl_url_set curl_api()->curl_url_set_

#endif
