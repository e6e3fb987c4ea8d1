/*
 * prune.c - what is old goes, a batch at a time, while the tick has time
 */
#include "config.h"

#include "sched/tick-private.h"
#include "store/upkeep.h"

enum { BATCH = 1000 };

/* Older than anything. */
#define NEVER (INT64_MAX / 4)

/* One batch at least, however late it is: else a busy outbox would keep
 * everything for ever. */
static int prune_kind(struct tick *tick, enum prune_kind kind, struct err *err)
{
    int64_t total = 0;
    int64_t count = 0;
    int more;

    do {
        more = store_prune(tick->store, &tick->lease, kind,
                           tick->options->retention, BATCH, &count, err);
        if (more < 0)
            break;
        total += count;
    } while (more > 0 && count > 0 && tick_goes_on(tick));
    tick->report->pruned += total;
    if (total > 0) {
        buf_fmt(&tick->notes, "%spruned_%s=%lld", tick->notes.len ? " " : "",
                prune_kind_name(kind), (long long)total);
    }
    return more < 0 ? -1 : 0;
}

int tick_prune(struct tick *tick, struct err *err)
{
    int64_t retention = tick->options->retention;
    int due =
        store_prune_due(tick->store, retention > 0 ? retention : NEVER, err);
    int ret = due < 0 ? -1 : 0;

    for (enum prune_kind kind = 0;
         ret == 0 && due > 0 && kind < (enum prune_kind)PRUNE_KINDS; kind++)
        if (retention > 0 || kind == PRUNE_KEYS)
            ret = prune_kind(tick, kind, err);
    return ret;
}
