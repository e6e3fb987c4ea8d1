/*
 * gate.h - the operator's switches inside a transaction; private to lib/store
 */
#ifndef AAOS_STORE_GATE_H
#define AAOS_STORE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/claim.h"

struct gate {
    int64_t now; /* aaos_now(): one statement tells both */
    bool paused_in, paused_out, killed;
    char *paused_types; /* JSON list, or NULL */
};
void gate_release(struct gate *gate);

/* Inside a transaction. */
int gate_read(struct store *store, struct gate *gate, struct err *err);
/* ERR_PERM when nothing may be submitted now. */
int gate_submit(struct store *store, int64_t *now, struct err *err);
/* claim_some() as far as the gate is open. */
int gate_claim(struct store *store, const struct gate *gate,
               const struct claim_request *request, struct claim_list *out,
               struct err *err);

#endif
