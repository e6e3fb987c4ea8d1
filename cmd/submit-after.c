/*
 * submit-after.c - --after: tasks that are stored already
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/submit.h"
#include "core/mem.h"
#include "store/control.h"
#include "store/read.h"

enum { MOST_IDS = 1000 };

/* The whole id of the task that is meant; malloc'd. */
static char *find(struct store *store, const char *word, struct err *err)
{
    struct db_rows rows = {0};
    char *task_id = NULL;
    int64_t seq;
    int found = store_resolve(store, word, &seq, err);

    if (found > 0 && read_task(store, seq, &rows, err) == 0 && rows.count > 0)
        task_id = xstrdup(db_text(&rows, 0, RT_TASK_ID));
    if (!task_id && !err->code)
        err_set(err, ERR_NOINPUT, "no such task: '%.64s'", word);
    db_rows_release(&rows);
    return task_id;
}

int submit_after(struct store *store, const char *list,
                 struct task_record *record, struct err *err)
{
    char **ids = xcalloc(MOST_IDS, sizeof(char *));
    char *copy = xstrdup(list);
    char *rest = copy;
    const char *word;
    size_t count = 0;

    while ((word = strsep(&rest, ", ")) && !err->code) {
        if (!*word)
            continue;
        if (count == MOST_IDS)
            err_set(err, ERR_USAGE, "it names more than %d tasks", MOST_IDS);
        else if ((ids[count] = find(store, word, err)))
            count++;
    }
    if (!err->code && count == 0)
        err_set(err, ERR_USAGE, "no task is named");
    free(copy);
    record->depends_on = ids;
    record->depends_count = count;
    return err->code ? err_wrap(err, "--after") : 0;
}
