/*
 * The refs of a submission: which record is meant by a name.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/submit-private.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct batch_ref *)a)->name,
                  ((const struct batch_ref *)b)->name);
}

/* Of two with the same name the earlier record comes first. */
static int compare_refs(const void *a, const void *b)
{
    const struct batch_ref *x = a;
    const struct batch_ref *y = b;
    int names = compare_names(a, b);

    if (names != 0)
        return names;
    return (x->index > y->index) - (x->index < y->index);
}

static void gather(struct submit *submit)
{
    size_t i;

    submit->ref_count = 0;
    for (i = 0; i < submit->count; i++) {
        const char *name = submit->items[i].record.ref;

        if (!name)
            continue;
        if (!submit->refs)
            submit->refs = xcalloc(submit->count, sizeof(*submit->refs));
        submit->refs[submit->ref_count++] =
            (struct batch_ref){.name = name, .index = i};
    }
    if (submit->ref_count > 1)
        qsort(submit->refs, submit->ref_count, sizeof(*submit->refs),
              compare_refs);
}

int submit_refs(struct store *store, struct submit *submit, struct err *err)
{
    size_t known = store->refs ? refs_count(store->refs) : 0;
    size_t i;

    gather(submit);
    for (i = 0; i < submit->ref_count; i++) {
        const struct batch_ref *ref = &submit->refs[i];
        struct submit_item *item = &submit->items[ref->index];

        if ((i > 0 && strcmp(ref[-1].name, ref->name) == 0) ||
            (store->refs && refs_find(store->refs, ref->name)))
            return submit_blame(item, err,
                                "ref: '%s' is used by another "
                                "record",
                                ref->name);
        if (store->refs && known + i >= store->refs_most)
            return submit_blame(item, err,
                                "ref: there are more than %zu of "
                                "them",
                                store->refs_most);
    }
    return 0;
}

const char *submit_resolve(const struct store *store,
                           const struct submit *submit, size_t i,
                           const char *name, bool *born)
{
    const struct batch_ref want = {.name = name};
    const struct batch_ref *found = NULL;
    const struct submit_item *parent;

    *born = false;
    if (submit->ref_count > 0)
        found = bsearch(&want, submit->refs, submit->ref_count, sizeof(want),
                        compare_names);
    if (!found) {
        const struct ref *known =
            store->refs ? refs_find(store->refs, name) : NULL;

        return known ? known->task_id : name;
    }
    parent = &submit->items[found->index];
    if ((found->index >= i && !submit->forward) ||
        parent->outcome == SUBMIT_CONFLICT)
        return NULL;
    *born = parent->outcome == SUBMIT_STORED;
    return parent->task_id;
}

void store_submit_remember(struct store *store, size_t most)
{
    refs_close(store->refs);
    store->refs = refs_open(most);
    store->refs_most = most;
}
