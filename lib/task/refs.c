/*
 * refs.c - an open table of names
 *
 * Entries stand in the order of their coming; the table holds their
 * numbers, so that growing moves numbers only.  Its hash starts from bytes
 * that nobody can foretell: names come from outside.
 */
#include "config.h"

#include "task/refs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { FIRST_SIZE = 64 };

struct refs {
    struct ref *items;
    size_t count, cap, most;
    uint32_t *table; /* number of an entry and 1; 0: free */
    size_t size;     /* of the table, a power of two */
    uint64_t seed;
};

/* FNV-1a. */
static uint64_t hash(uint64_t seed, const char *name)
{
    uint64_t value = seed;

    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return value ^ value >> 32;
}

struct refs *refs_open(size_t most)
{
    struct refs *refs = xcalloc(1, sizeof(*refs));
    char random[UUID_SIZE];

    refs->most = most < UINT32_MAX ? most : UINT32_MAX - 1;
    refs->seed = hash(UINT64_C(14695981039346656037), uuid_make(random));
    refs->size = FIRST_SIZE;
    refs->table = xcalloc(refs->size, sizeof(*refs->table));
    return refs;
}

void refs_close(struct refs *refs)
{
    if (!refs)
        return;
    for (size_t i = 0; i < refs->count; i++)
        free(refs->items[i].name);
    free(refs->items);
    free(refs->table);
    free(refs);
}

/* Where the name stands, or the free place where it would. */
static uint32_t *place(const struct refs *refs, const char *name)
{
    size_t at = (size_t)hash(refs->seed, name) & (refs->size - 1);

    while (refs->table[at] &&
           strcmp(refs->items[refs->table[at] - 1].name, name) != 0)
        at = (at + 1) & (refs->size - 1);
    return &refs->table[at];
}

static void grow(struct refs *refs)
{
    free(refs->table);
    refs->size *= 2;
    refs->table = xcalloc(refs->size, sizeof(*refs->table));
    for (size_t i = 0; i < refs->count; i++)
        *place(refs, refs->items[i].name) = (uint32_t)i + 1;
}

int refs_add(struct refs *refs, const char *name, struct ref **ref,
             struct err *err)
{
    uint32_t *at = place(refs, name);

    if (*at) {
        *ref = &refs->items[*at - 1];
        return 0;
    }
    if (refs->count == refs->most)
        return err_set(err, ERR_DATA, "ref: there are more than %zu of them",
                       refs->most);
    if (2 * (refs->count + 1) > refs->size) {
        grow(refs);
        at = place(refs, name);
    }
    refs->items =
        xgrow(refs->items, refs->count, &refs->cap, sizeof(*refs->items));
    refs->items[refs->count] = (struct ref){.name = xstrdup(name)};
    *ref = &refs->items[refs->count++];
    *at = (uint32_t)refs->count;
    return 1;
}

const struct ref *refs_find(const struct refs *refs, const char *name)
{
    const uint32_t *at = place(refs, name);

    return *at ? &refs->items[*at - 1] : NULL;
}

size_t refs_count(const struct refs *refs)
{
    return refs->count;
}

const struct ref *refs_at(const struct refs *refs, size_t i)
{
    return &refs->items[i];
}
