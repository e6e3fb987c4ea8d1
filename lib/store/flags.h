/*
 * flags.h - the operator's switches, effective everywhere in one heartbeat
 *
 * One row.  Submitters read it in the transaction that stores (paused_in,
 * killed: ERR_PERM), claims in the transaction that claims (paused_out,
 * paused_types, killed: nothing is claimed), heartbeats return it, the tick
 * reads it first.  Each change is one row in the audit.
 */
#ifndef AAOS_STORE_FLAGS_H
#define AAOS_STORE_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

struct flags {
    bool paused_in, paused_out, killed, proof_mode;
    char *paused_types; /* JSON list of task types, or NULL; owned */
    int64_t updated_at;
    char *updated_by, *reason; /* owned, or NULL */
};
void flags_release(struct flags *flags);

int store_flags(struct store *store, struct flags *flags, struct err *err);

enum flag_verb {
    FLAG_PAUSE_IN,
    FLAG_PAUSE_OUT,
    FLAG_PAUSE,      /* both */
    FLAG_PAUSE_TYPE, /* claims of one task type */
    FLAG_RESUME,     /* all that is paused, or one type */
    FLAG_KILL,
    FLAG_REVIVE,
    FLAG_PROOF,
    FLAG_REAL
};
const char *flag_verb_name(enum flag_verb verb);
/* 1 changed (and audited), 0 it was so already, -1. */
int store_flag_set(struct store *store, enum flag_verb verb, const char *type,
                   const char *actor, const char *reason, struct err *err);

#endif
