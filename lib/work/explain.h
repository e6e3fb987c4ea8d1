/*
 * explain.h - what would be decided for a task, if it ran now
 */
#ifndef AAOS_WORK_EXPLAIN_H
#define AAOS_WORK_EXPLAIN_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "queue/queue.h"
#include "store/store.h"
#include "task/record.h"
#include "work/work.h"

/*
 * The decision of --llm for a complete record, appended as one line of JSON
 * or as text.  1: a model would be called; 0: not now, or never; -1: the
 * record makes no sense (ERR_DATA: no model is called that).  store and
 * queue may be NULL: nothing is known of any endpoint then.
 */
int work_explain(struct store *store, struct queue *queue,
                 const struct work_options *options,
                 const struct task_record *record, bool json, struct buf *out,
                 struct err *err);

#endif
