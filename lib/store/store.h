/*
 * store.h - the truth: tasks in a SQL database
 *
 * Statements live in sql/NAME.common.sql (the same for both engines) and
 * sql/NAME.sqlite.sql, sql/NAME.postgres.sql (which must name the same
 * statements); they are embedded at build time.  Instants come from the
 * database: aaos_now() inside the statements.
 *
 * Every function that writes is one transaction unless it says otherwise,
 * repeats it by itself (at most 10 times, no sleep but the database's own
 * lock) when the engine reports a conflict (ERR_TEMP), and re-reads what
 * happened when a commit's fate is unknown.  When the connection is broken
 * it tries db_reconnect() once; what then fails is ERR_UNAVAIL and nothing
 * was done, or it says so.
 */
#ifndef AAOS_STORE_STORE_H
#define AAOS_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "db/db.h"
#include "task/task.h"

struct store; /* opaque */

/* The numbers that the configuration gives; microseconds. */
struct store_policy {
    int64_t aging_unit;      /* 5 min */
    int64_t retry_base;      /* 15 s */
    int64_t retry_cap;       /* 1 h */
    int64_t loss_base;       /* 5 s */
    int64_t idempotency_ttl; /* 30 days */
    int max_attempts;        /* default of a task: 3 */
    int max_losses;          /* 3 */
};
extern const struct store_policy store_default_policy;

enum store_mode {
    STORE_READ,    /* a missing SQLite file is ERR_NOINPUT */
    STORE_WRITE,   /* a missing SQLite file is created and migrated */
    STORE_MIGRATE, /* as STORE_WRITE, but the schema is not looked at */
    STORE_INSPECT  /* likewise, and a missing SQLite file is ERR_NOINPUT */
};

/*
 * Opens and checks the schema's version: an older or newer one is
 * ERR_CONFIG with the hint "run aaos-migrate up" (newer: upgrade the
 * programs); an empty PostgreSQL database likewise.
 */
struct store *store_open(const char *url, enum store_mode mode,
                         const struct store_policy *policy, const char *program,
                         struct err *err);
void store_close(struct store *store);

struct db *store_db(struct store *store);
/* meta.db_uuid: names this database for ever.  Borrowed. */
const char *store_uuid(struct store *store, struct err *err);
int store_now(struct store *store, int64_t *now, struct err *err);
/* The text of an embedded statement in the words of this engine, for who
 * puts it inside another one (db_adhoc()).  Ends with ';' and a newline. */
const char *store_statement(const struct store *store, size_t which);

/* A growing list of task numbers and what a queue must know of them. */
struct ready {
    int64_t seq;
    int64_t sort_at;
    char task_type[68];
};
struct ready_list {
    struct ready *items;
    size_t count, cap;
};
void ready_list_add(struct ready_list *list, int64_t seq, int64_t sort_at,
                    const char *task_type);
void ready_list_release(struct ready_list *list);

/*
 * What the last store_cycle() or store_control() made pending beside the
 * tasks it was given: children whose parents have ended, tasks that a
 * handler added.  For the queue; valid until the next such call.
 */
const struct ready_list *store_ready(const struct store *store);

#endif
