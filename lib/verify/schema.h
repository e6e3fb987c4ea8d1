/*
 * schema.h - the tables are what the migrations make
 */
#ifndef AAOS_VERIFY_SCHEMA_H
#define AAOS_VERIFY_SCHEMA_H

#include "store/store.h"
#include "verify/verify.h"

void verify_schema(struct verify *verify, struct store *store);

#endif
