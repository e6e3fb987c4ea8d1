/*
 * dispatch.h - the parts of aaos-dispatch
 *
 *   aaos-dispatch.c     what may be said, and who does it
 *   dispatch-verbs.c    options and verbs
 *   dispatch-ids.c      which tasks: arguments, stdin, --dead, --completed
 *   dispatch-apply.c    a batch of them: change, tell the queue, print
 *   dispatch-config.c   settings of a tick, secrets by reference
 *   dispatch-tick.c     one tick, or one after the other
 *   dispatch-flags.c    the operator's switches
 *   dispatch-action.c   into the outbox, and out of it
 */
#ifndef AAOS_CMD_DISPATCH_H
#define AAOS_CMD_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cmd.h"
#include "core/conf.h"
#include "core/table.h"
#include "queue/queue.h"
#include "sched/tick.h"
#include "store/control.h"
#include "store/flags.h"
#include "store/store.h"

enum { DISPATCH_BATCH = 1000 };

/* What the options said; -1 and NULL: nothing. */
struct dispatch_given {
    const char *reason, *type, *since, *key;
    bool dead, completed, in, out, exclusive;
    int64_t limit, delay;
    int64_t max_actions, max_time, interval, ticks;
};

extern struct dispatch_given dispatch_given;

enum {
    VERB_TICK,
    VERB_RUN,
    VERB_CANCEL,
    VERB_HOLD,
    VERB_RELEASE,
    VERB_PRIORITY,
    VERB_REQUEUE,
    VERB_PAUSE,
    VERB_RESUME,
    VERB_KILL,
    VERB_REVIVE,
    VERB_PROOF,
    VERB_REAL,
    VERB_FLAGS,
    VERB_ENQUEUE
};
extern const struct cmd_verb dispatch_verbs[];

struct dispatch {
    const struct dispatch_given *given;
    struct conf *conf;
    struct store *store;
    struct queue *queue;
    struct table *table;
    struct control_order order;
    struct control_choice choice; /* of requeue without ids */
    int64_t limit;                /* of the choice; 0: none */
    struct control_item items[DISPATCH_BATCH];
    size_t count;      /* gathered so far */
    int64_t changed;   /* tasks changed in all */
    int64_t unprinted; /* of them, in the batch that stdout refused */
    bool missing;      /* an id was unknown: 66 */
    bool bad;          /* an id was ambiguous: 65 */
    bool refused;      /* a task was in the wrong state: 1 */
};

/* Each id in turn; "-": the first field of each line of stdin. */
int dispatch_ids(struct dispatch *dispatch, char **ids, size_t count,
                 struct err *err);
/* Every task of the choice, up to the limit. */
int dispatch_chosen(struct dispatch *dispatch, struct err *err);

int dispatch_open_table(struct dispatch *dispatch, struct err *err);
/* Gather; a full batch is flushed. */
int dispatch_add(struct dispatch *dispatch, int64_t seq, struct err *err);
/* What was gathered: one transaction, then the queue, then stdout. */
int dispatch_flush(struct dispatch *dispatch, struct err *err);
/* What was printed is on its way. */
int dispatch_flush_stdout(struct err *err);

/*
 * Everything a tick needs.  ERR_CONFIG for settings that make no sense; a
 * secret that cannot be read only fills options->actions_error.  Borrowed
 * from conf or static.
 */
int dispatch_config(struct dispatch *dispatch, struct tick_options *options,
                    struct err *err);

int dispatch_tick(struct dispatch *dispatch, struct err *err);
int dispatch_run(struct dispatch *dispatch, struct err *err);

/* Turn a switch. */
int dispatch_flag(struct dispatch *dispatch, enum flag_verb verb,
                  struct err *err);
int dispatch_flags(struct dispatch *dispatch, struct err *err);

/* The payload comes from stdin. */
int dispatch_enqueue(struct dispatch *dispatch, const char *type,
                     struct err *err);
/* Cancel or requeue the action of this id and print it: 1, 0 no such, -1. */
int dispatch_action(struct dispatch *dispatch, const char *id, struct err *err);

#endif
