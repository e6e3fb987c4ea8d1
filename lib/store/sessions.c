/*
 * Conversations, a message under the hash of all that went before it.
 */
#include "config.h"

#include "store/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/cycle.h"
#include "store/store-private.h"

char *session_hash(const char *parent, const char *role, const char *content,
                   char text[HASH_TEXT_SIZE])
{
    struct hash *hash = hash_open();

    if (parent)
        hash_put(hash, parent, strlen(parent));
    hash_put(hash, "\n", 1);
    hash_put(hash, role, strlen(role));
    hash_put(hash, "\n", 1);
    hash_put(hash, content, strlen(content));
    return hash_close(hash, text);
}

int store_session(struct store *store, const char *session_id, int64_t after,
                  struct db_rows *rows, struct err *err)
{
    return store_query(store, SQL_SESSION_MESSAGES,
                       ARGS(arg_text(session_id), arg_num(after)), rows, err);
}

int store_session_summary(struct store *store, const char *session_id,
                          struct session_summary *summary, struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (store_query(store, SQL_SESSION_SUMMARY, ARGS(arg_text(session_id)),
                    &rows, err) < 0)
        return -1;
    found = rows.count > 0;
    if (found)
        *summary =
            (struct session_summary){.content = xstrdup(db_text(&rows, 0, 0)),
                                     .tokens = db_num(&rows, 0, 1),
                                     .depth = db_num(&rows, 0, 2)};
    db_rows_release(&rows);
    return found;
}

void session_turn_free(struct session_turn *turn)
{
    size_t i;

    if (!turn)
        return;
    for (i = 0; i < turn->count; i++)
        free(turn->notes[i].content);
    free(turn->notes);
    free(turn->session_id);
    free(turn);
}

/* --- a summary ------------------------------------------------------------ */

struct summarised {
    const char *session_id, *up_to, *content, *model, *prompt_sha256;
    int64_t tokens;
};

static int put_summary(struct store *store, void *ctx, struct err *err)
{
    const struct summarised *made = ctx;

    return db_exec(store->db, SQL_INSERT_SUMMARY,
                   ARGS(arg_text(made->session_id), arg_text(made->up_to),
                        arg_text(made->content), arg_num(made->tokens),
                        arg_text(made->model), arg_text(made->prompt_sha256)),
                   err) < 0
               ? -1
               : 0;
}

int store_session_summarised(struct store *store, const char *session_id,
                             const char *up_to, const char *content,
                             int64_t tokens, const char *model,
                             const char *prompt_sha256, struct err *err)
{
    struct summarised made = {.session_id = session_id,
                              .up_to = up_to,
                              .content = content,
                              .model = model,
                              .prompt_sha256 = prompt_sha256,
                              .tokens = tokens};

    return store_tx(store, put_summary, &made, err);
}

/* --- a turn --------------------------------------------------------------- */

/* Where a session stands while its row is locked. */
struct tip {
    char hash[HASH_TEXT_SIZE]; /* "": nothing was said yet */
    int64_t depth;
};

static int lock(struct store *store, const struct session_turn *turn,
                int64_t now, struct tip *tip, struct err *err)
{
    struct db_rows rows = {0};

    *tip = (struct tip){0};
    if (db_query(store->db, SQL_LOCK_SESSION,
                 ARGS(arg_text(turn->session_id), arg_num(now)), &rows,
                 err) < 0)
        return -1;
    if (rows.count > 0 && !db_null(&rows, 0, 0) &&
        db_cell(&rows, 0, 0)->len < HASH_TEXT_SIZE) {
        memcpy(tip->hash, db_text(&rows, 0, 0), db_cell(&rows, 0, 0)->len + 1);
        tip->depth = db_num(&rows, 0, 1);
    }
    db_rows_release(&rows);
    return 0;
}

static int add_note(struct store *store, const struct session_note *note,
                    int64_t now, struct tip *tip, struct err *err)
{
    const char *parent = *tip->hash ? tip->hash : NULL;
    char hash[HASH_TEXT_SIZE];

    session_hash(parent, note->role, note->content, hash);
    if (db_exec(store->db, SQL_INSERT_NOTE,
                ARGS(arg_text(hash), arg_text(parent), arg_text(note->role),
                     arg_text(note->content), arg_num(note->tokens),
                     arg_num(tip->depth + 1), arg_num(now)),
                err) < 0)
        return -1;
    memcpy(tip->hash, hash, sizeof(hash));
    tip->depth++;
    return 0;
}

int session_add(struct store *store, const struct finish *finish, int64_t now,
                struct err *err)
{
    const struct session_turn *turn = finish->turn;
    char before[HASH_TEXT_SIZE];
    struct tip tip;
    int64_t added;
    size_t i;

    if (lock(store, turn, now, &tip, err) < 0)
        return -1;
    memcpy(before, tip.hash, sizeof(before));
    for (i = 0; i < turn->count; i++)
        if (add_note(store, &turn->notes[i], now, &tip, err) < 0)
            return -1;
    /* Who has said something already says no more. */
    added = db_exec(store->db, SQL_INSERT_TURN,
                    ARGS(arg_text(turn->session_id), arg_num(finish->seq),
                         arg_num(finish->attempt),
                         arg_text(*before ? before : NULL), arg_text(tip.hash),
                         arg_num(now)),
                    err);
    if (added <= 0)
        return (int)added;
    return db_exec(store->db, SQL_MOVE_SESSION,
                   ARGS(arg_text(turn->session_id), arg_text(tip.hash),
                        arg_num(now)),
                   err) < 0
               ? -1
               : 0;
}
