/*
 * audit.h - the hash chain of control-plane verbs
 *
 * hash = SHA-256 over prev_hash and then the row's fields in the order seq
 * ts actor verb count ids_sha256 reason detail correlation_id, each of the
 * ten as its decimal or UTF-8 text with its byte length and ':' in front
 * (absent: "-:").  The first row's prev_hash is 64 zeros.  meta.audit_seq
 * and meta.audit_hash hold the head and change in the same transaction.
 *
 * With a key it is HMAC-SHA-256: who can write to the database but has no
 * key can make no row.  Such a row vouches for all before it, so the chain
 * may begin without a key.
 */
#ifndef AAOS_STORE_AUDIT_H
#define AAOS_STORE_AUDIT_H

#include "core/err.h"
#include "core/hash.h"
#include "store/store.h"

struct audit_entry {
    const char *actor, *verb;
    int64_t count;
    const char *ids_sha256, *reason, *detail, *correlation_id; /* or NULL */
};

/* The last row of the chain; seq 0: there is none. */
struct audit_head {
    int64_t seq;
    char hash[HASH_TEXT_SIZE];
};

/* Append inside the caller's transaction. */
int audit_append(struct store *store, const struct audit_entry *entry,
                 struct err *err);
/* The same, and *head is the new row: to be logged after COMMIT. */
int audit_append_head(struct store *store, const struct audit_entry *entry,
                      struct audit_head *head, struct err *err);
/* Is this row there?  1, 0, -1.  Settles a commit of unknown fate. */
int audit_has(struct store *store, const struct audit_head *head,
              struct err *err);

/*
 * Compute the whole chain again: 1 it holds; 0 it does not, and *bad is
 * the first row that is wrong or missing; -1.
 */
int audit_check(struct store *store, int64_t *bad, struct err *err);

/* Sign what is appended from now on, and check with it; NULL: neither.
 * Copied. */
void audit_key_set(struct store *store, const char *key);

struct audit_facts {
    int64_t rows;
    int64_t signed_from; /* the first row with an HMAC; 0: there is none */
};
/*
 * Compute the whole chain again, and name all that is wrong: `bad` is called
 * with a row and what is wrong with it.  One snapshot.
 */
int audit_walk(struct store *store,
               void (*bad)(void *ctx, int64_t seq, const char *what), void *ctx,
               struct audit_facts *facts, struct err *err);

/* "user@host", for actor; malloc'd. */
char *audit_actor(void);

#endif
