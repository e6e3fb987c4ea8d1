/*
 * loadgen-clean.c - the tasks of a load, removed
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen.h"
#include "cmd/setup.h"
#include "core/mem.h"
#include "store/load.h"

enum { BATCH = 500 };

int loadgen_forget(struct store *store, const char *correlation_id,
                   int64_t *removed, struct err *err)
{
    int64_t after = 0;
    int64_t count;
    int more;

    do {
        more = load_forget(store, correlation_id, BATCH, &after, &count, err);
        if (more < 0)
            return -1;
        *removed += count;
        cmd_progress("removed", *removed, -1);
    } while (more > 0 || count > 0);
    cmd_progress_end();
    return 0;
}

static int clean_one(struct store *store, const char *run, int64_t *removed,
                     struct err *err)
{
    char *correlation_id;
    int ret;

    if (!uuid_valid(run, strlen(run)))
        return err_set(err, ERR_USAGE, "'%s' is not the id of a run", run);
    correlation_id = xasprintf(SIMULATION_MARK "%s", run);
    ret = loadgen_forget(store, correlation_id, removed, err);
    free(correlation_id);
    return ret;
}

int loadgen_clean(struct conf *conf, char **runs, int count, struct err *err)
{
    struct store *store;
    int64_t removed = 0;
    int ret = 0;

    if (count == 0) {
        err_set(err, ERR_USAGE, "no run is named");
        return err_hint(err, "the summary of a run has its id");
    }
    store = setup_store(conf, STORE_WRITE, "aaos-loadgen", err);
    if (!store)
        return -1;
    for (int i = 0; ret == 0 && i < count; i++)
        ret = clean_one(store, runs[i], &removed, err);
    store_close(store);
    if (ret == 0)
        cmd_note("%lld task%s removed", (long long)removed,
                 removed == 1 ? "" : "s");
    return ret;
}
