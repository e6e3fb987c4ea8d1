/*
 * webhook.h - events of tasks that end; private to lib/store
 */
#ifndef AAOS_STORE_WEBHOOK_H
#define AAOS_STORE_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

/* Inside the transaction in which these tasks became final: an action for
 * each that has a webhook. */
int webhooks_add(struct store *store, const int64_t *seqs, size_t count,
                 struct err *err);

#endif
