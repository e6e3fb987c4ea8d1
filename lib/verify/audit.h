/*
 * audit.h - the chain of what operators did, link by link
 */
#ifndef AAOS_VERIFY_AUDIT_H
#define AAOS_VERIFY_AUDIT_H

#include "store/store.h"
#include "verify/verify.h"

void verify_audit(struct verify *verify, struct store *store);

#endif
