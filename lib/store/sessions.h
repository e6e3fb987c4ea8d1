/*
 * sessions.h - conversations: what tasks with one session_id have in common
 *
 * A message is stored once, under the SHA-256 of its parent's name, its role
 * and its content; a session is the name of its last message.  Nothing is
 * ever changed or taken out: what does not fit a model any more has a
 * summary that stands for it.
 */
#ifndef AAOS_STORE_SESSIONS_H
#define AAOS_STORE_SESSIONS_H

#include "core/err.h"
#include "core/hash.h"
#include "store/store.h"

struct session_note {
    const char *role; /* "user", "assistant" */
    char *content;    /* JSON; owned */
    int64_t tokens;
};

/* What a task adds: by the transaction that completes it, once. */
struct session_turn {
    char *session_id;
    struct session_note *notes;
    size_t count;
};
void session_turn_free(struct session_turn *turn); /* NULL is fine */

/*
 * The messages of a session that are not summarised yet (depth > after),
 * and its very first, in order.
 */
enum session_column {
    SN_HASH,
    SN_ROLE,
    SN_CONTENT,
    SN_TOKENS,
    SN_DEPTH,
    SN_COLUMNS
};
int store_session(struct store *store, const char *session_id, int64_t after,
                  struct db_rows *rows, struct err *err);

/* What stands for its messages up to `depth`: 1 found, 0 none. */
struct session_summary {
    char *content; /* malloc'd */
    int64_t tokens, depth;
};
int store_session_summary(struct store *store, const char *session_id,
                          struct session_summary *summary, struct err *err);
/* up_to: the name of the last message it stands for. */
int store_session_summarised(struct store *store, const char *session_id,
                             const char *up_to, const char *content,
                             int64_t tokens, const char *model,
                             const char *prompt_sha256, struct err *err);

/* The name of a message. */
char *session_hash(const char *parent, const char *role, const char *content,
                   char text[HASH_TEXT_SIZE]);

#endif
