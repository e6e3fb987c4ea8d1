/*
 * repair.h - what an idle agent does for the queue
 */
#ifndef AAOS_CMD_REPAIR_H
#define AAOS_CMD_REPAIR_H

#include "core/err.h"
#include "queue/queue.h"
#include "store/store.h"

struct repair {
    struct store *store;
    struct queue *queue;
};
/* For struct work_options; ctx is a struct repair. */
int repair_reconcile(void *ctx, const char *agent_id, struct err *err);

/* ERR_PERM under the kill switch: who starts now would end at once. */
int repair_check_flags(struct store *store, struct err *err);

#endif
