/*
 * store-private.h - what the files of this module share
 *
 * Nobody outside lib/store includes this.
 */
#ifndef AAOS_STORE_STORE_PRIVATE_H
#define AAOS_STORE_STORE_PRIVATE_H

#include "core/buf.h"
#include "core/err.h"
#include "core/uuid.h"
#include "db/db.h"
#include "store/sql-names.h"
#include "store/store.h"
#include "task/refs.h"

struct store {
    struct db *db;
    struct store_policy policy;
    char uuid[UUID_SIZE]; /* "": not read yet */
    /*
     * True in the work of store_tx() when an earlier try of the same call
     * may have been committed: the connection broke while COMMIT was under
     * way.  Work that is not harmless to repeat must look first.
     */
    bool fate_unknown;
    bool submitting;           /* between store_submit_begin() and its end */
    char submitted[UUID_SIZE]; /* then: a task_id of it, or "" */
    struct refs *refs;         /* of earlier submissions, or NULL */
    size_t refs_most;
    int64_t judged; /* store_promote()'s place among the blocked tasks */
    struct ready_list ready; /* for store_ready() */
    char *audit_key;         /* NULL: hashes are not signed */
};

/* The arguments of a statement: db_exec(db, SQL_X, ARGS(arg_num(1)), err). */
#define ARGS(...)                         \
    (const struct db_arg[]){__VA_ARGS__}, \
        sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)

/*
 * Run `work` in one transaction and commit it when it returns 0 or more,
 * which is then the result.  Repeated from its start after a conflict (at
 * most 10 times) and once after a reconnect, so work must begin by
 * forgetting what an earlier try left in its ctx.
 */
int store_tx(struct store *store,
             int (*work)(struct store *store, void *ctx, struct err *err),
             void *ctx, struct err *err);
/* The same with a transaction that only reads and sees one state. */
int store_snapshot(struct store *store,
                   int (*work)(struct store *store, void *ctx, struct err *err),
                   void *ctx, struct err *err);
/* One statement outside a transaction, repeated likewise. */
int store_query(struct store *store, enum sql which, const struct db_arg *args,
                size_t nargs, struct db_rows *rows, struct err *err);

/* Lists as statements take them: JSON, "[1,2]" and "[\"a\",\"b\"]". */
void list_seqs(struct buf *buf, const int64_t *seqs, size_t count);
void list_texts(struct buf *buf, const char *const *texts, size_t count);
/* NULL for no list, which means all. */
struct db_arg list_types(struct buf *buf, const char *const *types,
                         size_t count);

/* The numbers in the first column, sorted, each once; malloc'd. */
int64_t *seqs_of(const struct db_rows *rows, size_t *count);

/* Bytes of unknown origin as text that both engines store: UTF-8 without
 * NUL; newlines and tabs stay, the rest as buf_printable() writes it. */
void clean_text(struct buf *buf, const char *text, size_t len);
/* The same of what an operator typed, malloc'd; NULL for no text. */
char *stored_text(const char *text);

/* The level as execution_logs knows it; "info" for any other word. */
const char *log_level_known(const char *level);

/*
 * Inside a transaction: these tasks became final.  Closes the edges to
 * their children, unblocks or cancels the children, and so on down, at most
 * 1,000 tasks (store_promote() does the rest).  What became pending is
 * added to `ready` unless NULL.
 */
int store_settle(struct store *store, const int64_t *seqs, size_t count,
                 int64_t now, struct ready_list *ready, struct err *err);
/* The same when it is known that they have no webhooks, or is done. */
int settle_children(struct store *store, const int64_t *seqs, size_t count,
                    int64_t now, struct ready_list *ready, struct err *err);
/* Inside a transaction: judge these blocked tasks by their edges. */
int store_judge(struct store *store, const int64_t *seqs, size_t count,
                int64_t now, struct ready_list *ready, struct err *err);
/* Inside a transaction: aaos_now(). */
int tx_now(struct store *store, int64_t *now, struct err *err);

#endif
