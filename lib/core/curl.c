/*
 * curl.c - the functions of libcurl, found by name
 */
#include "config.h"

#include "core/curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "core/attr.h"
#include "core/mem.h"

/* The version of the interface: the same since 7.16. */
static const char library[] = "libcurl.so.4";

static const char *const names[] = {
#define X(name) #name,
    CURL_FUNCTIONS(X)
#undef X
};

/* Loaded once a process, and never unloaded: it leaves exit handlers of
 * OpenSSL behind. */
static struct curl_api api;
static bool loaded;
_Static_assert(sizeof(api) == LENGTH(names) * sizeof(void *), "pointers alone");

int curl_load(struct err *err)
{
    void *symbols[LENGTH(names)];
    void *handle;

    if (loaded)
        return 0;
    handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        err_set(err, ERR_CONFIG, "cannot load the library for HTTP: %s",
                dlerror());
        return err_hint(err, "install %s (package libcurl4)", library);
    }
    for (size_t i = 0; i < LENGTH(names); i++) {
        symbols[i] = dlsym(handle, names[i]);
        if (!symbols[i]) {
            err_set(err, ERR_CONFIG, "%s lacks %s", library, names[i]);
            return err_hint(err, "install libcurl 7.84 or later");
        }
    }
    /* ISO C knows no cast from an object to a function pointer. */
    memcpy(&api, symbols, sizeof(api));
    loaded = true;
    return 0;
}

static void load_or_die(void)
{
    struct err err = {0};

    if (curl_load(&err) < 0)
        xdie(err.msg);
}

const struct curl_api *curl_api(void)
{
    if (!loaded)
        load_or_die();
    return &api;
}
