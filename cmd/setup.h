/*
 * setup.h - from settings to an open store and queue
 */
#ifndef AAOS_CMD_SETUP_H
#define AAOS_CMD_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/err.h"
#include "queue/queue.h"
#include "store/store.h"
#include "task/record.h"

/* The database's URL: setting database.url, else aaos.db in the state
 * directory (created 0700 when `create`).  Borrowed from conf or static. */
const char *setup_url(struct conf *conf, bool create, struct err *err);

struct store *setup_store(struct conf *conf, enum store_mode mode,
                          const char *program, struct err *err);

/* Setting audit.key; who opened the store to write has it already. */
int setup_audit_key(struct conf *conf, struct store *store, struct err *err);

/* redis.url, "none" when not set. */
struct queue *setup_queue(struct conf *conf, struct store *store, bool required,
                          struct err *err);

/* Built-in and configured task types.  Borrowed; valid for ever. */
void setup_rules(struct conf *conf, struct task_rules *rules);

#endif
