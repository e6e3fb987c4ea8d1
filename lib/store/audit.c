/*
 * audit.c - a chain in which every row vouches for all before it
 *
 * Whoever alters or removes a row must make every later hash again, and
 * the head in meta, and the copies of the hashes that went to the log.
 */
#include "config.h"

#include "store/audit.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/store-private.h"

enum { AUDIT_PAGE = 1000 };

#define ZEROS_16 "0000000000000000"
static const char first_hash[HASH_TEXT_SIZE] =
    ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16;

/* The columns of audit_page. */
enum {
    A_SEQ,
    A_TS,
    A_ACTOR,
    A_VERB,
    A_COUNT,
    A_IDS,
    A_REASON,
    A_DETAIL,
    A_CORRELATION_ID,
    A_PREV_HASH,
    A_HASH
};

static void put_text(struct buf *out, const char *text)
{
    if (text)
        buf_fmt(out, "%zu:%s", strlen(text), text);
    else
        buf_str(out, "-:");
}

static void put_num(struct buf *out, int64_t num)
{
    struct buf decimal = {0};

    buf_num(&decimal, num);
    put_text(out, decimal.data);
    buf_release(&decimal);
}

static void row_hash(const char *prev, int64_t seq, int64_t ts,
                     const struct audit_entry *entry, char hash[HASH_TEXT_SIZE])
{
    struct buf text = {0};

    put_text(&text, prev);
    put_num(&text, seq);
    put_num(&text, ts);
    put_text(&text, entry->actor);
    put_text(&text, entry->verb);
    put_num(&text, entry->count);
    put_text(&text, entry->ids_sha256);
    put_text(&text, entry->reason);
    put_text(&text, entry->detail);
    put_text(&text, entry->correlation_id);
    hash_text(text.data, text.len, hash);
    buf_release(&text);
}

/* The statement gives the hash, then the seq; no rows: no chain yet. */
static int read_head(struct store *store, enum sql which,
                     struct audit_head *head, struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, which, NULL, 0, &rows, err) < 0)
        return -1;
    *head = (struct audit_head){0};
    memcpy(head->hash, first_hash, sizeof(head->hash));
    if (rows.count == 2) {
        const char *hash = db_text(&rows, 0, 0);

        if (hash && strlen(hash) < sizeof(head->hash))
            memcpy(head->hash, hash, strlen(hash) + 1);
        head->seq = strtoll(db_text(&rows, 1, 0), NULL, 10);
    }
    db_rows_release(&rows);
    return 0;
}

/* Lock the head, so that appends happen one after the other. */
static int lock_head(struct store *store, struct audit_head *head,
                     struct err *err)
{
    if (db_exec(store->db, SQL_AUDIT_START, ARGS(arg_text(first_hash)), err) <
        0)
        return -1;
    return read_head(store, SQL_AUDIT_HEAD, head, err);
}

int audit_append_head(struct store *store, const struct audit_entry *entry,
                      struct audit_head *head, struct err *err)
{
    struct audit_head prev = {0};
    struct audit_head next = {0};
    char seq_text[24];
    int64_t now = 0;

    if (lock_head(store, &prev, err) < 0 || tx_now(store, &now, err) < 0)
        return err_wrap(err, "cannot append to the audit");
    next.seq = prev.seq + 1;
    row_hash(prev.hash, next.seq, now, entry, next.hash);
    snprintf(seq_text, sizeof(seq_text), "%lld", (long long)next.seq);
    if (db_exec(store->db, SQL_AUDIT_INSERT,
                ARGS(arg_num(next.seq), arg_num(now), arg_text(entry->actor),
                     arg_text(entry->verb), arg_num(entry->count),
                     arg_text(entry->ids_sha256), arg_text(entry->reason),
                     arg_text(entry->detail), arg_text(entry->correlation_id),
                     arg_text(prev.hash), arg_text(next.hash)),
                err) < 0 ||
        db_exec(store->db, SQL_AUDIT_MOVE,
                ARGS(arg_text(seq_text), arg_text(next.hash)), err) < 0)
        return err_wrap(err, "cannot append to the audit");
    *head = next;
    return 0;
}

int audit_append(struct store *store, const struct audit_entry *entry,
                 struct err *err)
{
    struct audit_head head;

    return audit_append_head(store, entry, &head, err);
}

int audit_has(struct store *store, const struct audit_head *head,
              struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (db_query(store->db, SQL_AUDIT_FIND,
                 ARGS(arg_num(head->seq), arg_text(head->hash)), &rows,
                 err) < 0)
        return -1;
    found = db_num(&rows, 0, 0) > 0;
    db_rows_release(&rows);
    return found;
}

/* Does row i follow from what came before it?  Then it becomes *last. */
static bool follows(const struct db_rows *rows, size_t i,
                    struct audit_head *last)
{
    const struct audit_entry entry = {
        .actor = db_text(rows, i, A_ACTOR),
        .verb = db_text(rows, i, A_VERB),
        .count = db_num(rows, i, A_COUNT),
        .ids_sha256 = db_text(rows, i, A_IDS),
        .reason = db_text(rows, i, A_REASON),
        .detail = db_text(rows, i, A_DETAIL),
        .correlation_id = db_text(rows, i, A_CORRELATION_ID),
    };
    int64_t seq = db_num(rows, i, A_SEQ);
    char hash[HASH_TEXT_SIZE];

    if (seq != last->seq + 1 ||
        strcmp(db_text(rows, i, A_PREV_HASH), last->hash) != 0)
        return false;
    row_hash(last->hash, seq, db_num(rows, i, A_TS), &entry, hash);
    if (strcmp(db_text(rows, i, A_HASH), hash) != 0)
        return false;
    last->seq = seq;
    memcpy(last->hash, hash, sizeof(hash));
    return true;
}

/* 1 when all rows behind *last follow, 0 when *last is the last good one. */
static int walk(struct store *store, struct audit_head *last, struct err *err)
{
    struct db_rows rows = {0};
    bool good = true;
    size_t count;

    do {
        if (db_query(store->db, SQL_AUDIT_PAGE,
                     ARGS(arg_num(last->seq), arg_num(AUDIT_PAGE)), &rows,
                     err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; good && i < count; i++)
            good = follows(&rows, i, last);
        db_rows_release(&rows);
    } while (good && count == AUDIT_PAGE);
    return good;
}

static int check(struct store *store, void *ctx, struct err *err)
{
    int64_t *bad = ctx;
    struct audit_head head;
    struct audit_head last = {0};
    int good;

    memcpy(last.hash, first_hash, sizeof(last.hash));
    if (read_head(store, SQL_AUDIT_PEEK, &head, err) < 0)
        return -1;
    good = walk(store, &last, err);
    if (good < 0)
        return -1;
    if (good && head.seq == last.seq && strcmp(head.hash, last.hash) == 0)
        return 1;
    /* A head that has fallen behind its last row makes that row wrong. */
    *bad = good && head.seq <= last.seq ? last.seq : last.seq + 1;
    return 0;
}

int audit_check(struct store *store, int64_t *bad, struct err *err)
{
    int ret = store_snapshot(store, check, bad, err);

    if (ret < 0)
        err_wrap(err, "cannot check the audit");
    return ret;
}

char *audit_actor(void)
{
    const struct passwd *user = getpwuid(geteuid());
    struct buf raw = {0};
    struct buf actor = {0};
    char host[256];

    if (gethostname(host, sizeof(host)) < 0)
        snprintf(host, sizeof(host), "localhost");
    host[sizeof(host) - 1] = '\0';
    if (user)
        buf_str(&raw, user->pw_name);
    else
        buf_fmt(&raw, "uid%lu", (unsigned long)geteuid());
    buf_fmt(&raw, "@%s", host);
    buf_printable(&actor, raw.data, raw.len);
    buf_release(&raw);
    return buf_detach(&actor);
}
