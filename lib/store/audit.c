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

/* With the key, if there is one. */
static void sign(const char *key, const struct buf *text,
                 char hash[HASH_TEXT_SIZE])
{
    uint8_t mac[HASH_SIZE];
    struct buf hex = {0};

    if (!key) {
        hash_text(text->data, text->len, hash);
        return;
    }
    hash_hmac(key, strlen(key), text->data, text->len, mac);
    buf_hex(&hex, mac, sizeof(mac));
    memcpy(hash, hex.data, HASH_TEXT_SIZE);
    buf_release(&hex);
}

static void row_hash(const char *key, const char *prev, int64_t seq, int64_t ts,
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
    sign(key, &text, hash);
    buf_release(&text);
}

void audit_key_set(struct store *store, const char *key)
{
    if (store->audit_key)
        explicit_bzero(store->audit_key, strlen(store->audit_key));
    free(store->audit_key);
    store->audit_key = xstrdup_null(key);
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
    row_hash(store->audit_key, prev.hash, next.seq, now, entry, next.hash);
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

/* -------------------------------------------------------------- checking */

struct walk {
    const char *key;
    struct audit_head last; /* what the next row should follow from */
    struct audit_facts *facts;
    void (*bad)(void *ctx, int64_t seq, const char *what);
    void *ctx;
};

ATTR_PRINTF(3, 4)
static void say(const struct walk *walk, int64_t seq, const char *fmt, ...)
{
    struct buf what = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&what, fmt, args);
    va_end(args);
    walk->bad(walk->ctx, seq, what.data);
    buf_release(&what);
}

static const char *text_of(const struct db_rows *rows, size_t i, size_t column)
{
    const char *text = db_text(rows, i, column);

    return text ? text : "";
}

/* Is its hash that of its fields?  Without a key only before the first row
 * that is signed: nobody else could have made those behind it. */
static void check_hash(struct walk *walk, const struct db_rows *rows, size_t i)
{
    const struct audit_entry entry = {
        .actor = text_of(rows, i, A_ACTOR),
        .verb = text_of(rows, i, A_VERB),
        .count = db_num(rows, i, A_COUNT),
        .ids_sha256 = db_text(rows, i, A_IDS),
        .reason = db_text(rows, i, A_REASON),
        .detail = db_text(rows, i, A_DETAIL),
        .correlation_id = db_text(rows, i, A_CORRELATION_ID),
    };
    const char *stored = text_of(rows, i, A_HASH);
    const char *prev = text_of(rows, i, A_PREV_HASH);
    int64_t seq = db_num(rows, i, A_SEQ);
    int64_t ts = db_num(rows, i, A_TS);
    char hash[HASH_TEXT_SIZE];

    row_hash(walk->key, prev, seq, ts, &entry, hash);
    if (strcmp(stored, hash) == 0) {
        if (walk->key && !walk->facts->signed_from)
            walk->facts->signed_from = seq;
        return;
    }
    if (walk->key)
        row_hash(NULL, prev, seq, ts, &entry, hash);
    if (!walk->key || strcmp(stored, hash) != 0)
        say(walk, seq, "its hash is not that of its fields: '%s' by '%s'",
            entry.verb, entry.actor);
    else if (walk->facts->signed_from)
        say(walk, seq, "is not signed, but row %lld is",
            (long long)walk->facts->signed_from);
}

static void check_row(struct walk *walk, const struct db_rows *rows, size_t i)
{
    struct audit_head *last = &walk->last;
    int64_t seq = db_num(rows, i, A_SEQ);
    const char *hash = text_of(rows, i, A_HASH);

    if (seq == last->seq + 2)
        say(walk, last->seq + 1, "is missing");
    else if (seq > last->seq + 2)
        say(walk, last->seq + 1, "and those up to row %lld are missing",
            (long long)seq - 1);
    else if (strcmp(text_of(rows, i, A_PREV_HASH), last->hash) != 0)
        say(walk, seq, "does not follow from row %lld", (long long)last->seq);
    check_hash(walk, rows, i);
    last->seq = seq;
    snprintf(last->hash, sizeof(last->hash), "%s", hash);
    walk->facts->rows++;
}

static int walk_rows(struct store *store, struct walk *walk, struct err *err)
{
    struct db_rows rows = {0};
    size_t count;

    do {
        if (db_query(store->db, SQL_AUDIT_PAGE,
                     ARGS(arg_num(walk->last.seq), arg_num(AUDIT_PAGE)), &rows,
                     err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++)
            check_row(walk, &rows, i);
        db_rows_release(&rows);
    } while (count == AUDIT_PAGE);
    return 0;
}

static int walk_work(struct store *store, void *ctx, struct err *err)
{
    struct walk *walk = ctx;
    struct audit_head head;
    const struct audit_head *last = &walk->last;

    *walk->facts = (struct audit_facts){0};
    walk->last = (struct audit_head){0};
    memcpy(walk->last.hash, first_hash, sizeof(first_hash));
    if (read_head(store, SQL_AUDIT_PEEK, &head, err) < 0 ||
        walk_rows(store, walk, err) < 0)
        return -1;
    if (head.seq > last->seq)
        say(walk, last->seq + 1,
            "and those up to row %lld, the head, are "
            "missing",
            (long long)head.seq);
    else if (head.seq < last->seq)
        say(walk, last->seq, "is the last one, but the head is row %lld",
            (long long)head.seq);
    else if (strcmp(head.hash, last->hash) != 0)
        say(walk, last->seq, "is not the row whose hash the head has");
    if (walk->key && last->seq > 0 && !walk->facts->signed_from)
        say(walk, last->seq, "is not signed: it was made without audit.key");
    return 0;
}

int audit_walk(struct store *store,
               void (*bad)(void *ctx, int64_t seq, const char *what), void *ctx,
               struct audit_facts *facts, struct err *err)
{
    struct walk walk = {
        .key = store->audit_key, .facts = facts, .bad = bad, .ctx = ctx};

    if (store_snapshot(store, walk_work, &walk, err) < 0)
        return err_wrap(err, "cannot check the audit");
    return 0;
}

static void first_bad(void *ctx, int64_t seq, const char *what)
{
    int64_t *bad = ctx;

    (void)what;
    if (*bad == 0 || seq < *bad)
        *bad = seq;
}

int audit_check(struct store *store, int64_t *bad, struct err *err)
{
    struct audit_facts facts;
    int64_t first = 0;

    if (audit_walk(store, first_bad, &first, &facts, err) < 0)
        return -1;
    if (first)
        *bad = first;
    return first == 0;
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
