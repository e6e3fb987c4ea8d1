/*
 * db-postgres-lib.c - libpq, when and only when somebody needs it
 *
 * Linked, it and what it brings along would cost every start of every
 * program 5 ms.
 */
#include "config.h"

#include <dlfcn.h>
#include <string.h>

#include "db/db-postgres.h"

/* The version of the interface, not of the server: the same since 8.2. */
static const char library[] = "libpq.so.5";

static int resolve(void *handle, const char *name, void *to, size_t size,
                   struct err *err)
{
    void *symbol = dlsym(handle, name);

    if (!symbol) {
        err_set(err, ERR_CONFIG, "%s lacks %s", library, name);
        return err_hint(err, "install libpq 14 or later");
    }
    /* ISO C knows no cast from an object to a function pointer. */
    memcpy(to, &symbol, size);
    return 0;
}

int libpq_load(struct libpq *pq, struct err *err)
{
    /* Never unloaded: it leaves exit handlers of OpenSSL behind. */
    pq->handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!pq->handle) {
        err_set(err, ERR_CONFIG, "cannot load PostgreSQL's library: %s",
                dlerror());
        return err_hint(err, "install %s (package libpq5)", library);
    }
#define X(name)                                                           \
    if (resolve(pq->handle, #name, &pq->name, sizeof(pq->name), err) < 0) \
        return -1;
    LIBPQ_FUNCTIONS(X)
#undef X
    return 0;
}

void libpq_unload(struct libpq *pq)
{
    if (pq->handle)
        dlclose(pq->handle);
    *pq = (struct libpq){0};
}
