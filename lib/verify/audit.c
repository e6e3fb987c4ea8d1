/*
 * audit.c - the chain of what operators did, link by link
 */
#include "config.h"

#include "verify/audit.h"

#include <stdio.h>

#include "store/audit.h"

static void offend(void *ctx, int64_t seq, const char *what)
{
    char id[32];

    snprintf(id, sizeof(id), "row %lld", (long long)seq);
    verify_offend(ctx, id, "%s", what);
}

void verify_audit(struct verify *verify, struct store *store)
{
    struct audit_facts facts = {0};
    struct err err = {0};

    verify->area = "audit";
    verify_begin(verify, "chain",
                 "no row was altered, removed, moved or cut off");
    if (audit_walk(store, offend, verify, &facts, &err) < 0)
        verify_unknown(verify, &err);
    else if (facts.signed_from)
        verify_note(verify, "%lld rows, signed from row %lld on",
                    (long long)facts.rows, (long long)facts.signed_from);
    else
        verify_note(verify,
                    "%lld rows, not signed: who can write to the database "
                    "can make them all again (audit.key)",
                    (long long)facts.rows);
    verify_end(verify);
}
