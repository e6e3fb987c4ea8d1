/*
 * control-find.c - which tasks are meant
 */
#include "config.h"

#include "store/control.h"

#include <string.h>

#include "core/attr.h"
#include "core/conf.h"
#include "core/uuid.h"
#include "store/store-private.h"

enum { SHORT_MIN = 8 };

/* The statement gives how many match, and one of them. */
static int look(struct store *store, enum sql which, struct db_arg key,
                int64_t *seq, struct err *err)
{
    struct db_rows rows = {0};
    int64_t matches = 0;

    if (store_query(store, which, &key, 1, &rows, err) < 0)
        return -1;
    if (rows.count > 0)
        matches = db_num(&rows, 0, 0);
    if (matches == 1)
        *seq = db_num(&rows, 0, 1);
    db_rows_release(&rows);
    if (matches > 1)
        return err_set(err, ERR_DATA, "it stands for %lld tasks",
                       (long long)matches);
    return matches > 0;
}

/* In lower case; false for what no id can hold. */
static bool normal_id(const char *text, char id[UUID_SIZE])
{
    static const char lower[] = "abcdef";
    size_t len = strlen(text);

    if (len == 0 || len >= UUID_SIZE)
        return false;
    memcpy(id, text, len + 1);
    for (size_t i = 0; i < len; i++)
        if (id[i] >= 'A' && id[i] <= 'F')
            id[i] = lower[id[i] - 'A'];
    return strspn(id, "0123456789abcdef-") == len;
}

/* Ids begin with a 0 until the year 2527, a seq never does. */
static bool seq_text(const char *text, int64_t *seq)
{
    struct err ignored = {0};

    return *text >= '1' && *text <= '9' &&
           conf_parse_int(text, 1, INT64_MAX, seq, &ignored) == 0;
}

static int resolve(struct store *store, const char *text, int64_t *seq,
                   struct err *err)
{
    char id[UUID_SIZE];
    int64_t num;
    int ret = 0;

    if (seq_text(text, &num))
        ret = look(store, SQL_CONTROL_SEQ, arg_num(num), seq, err);
    if (ret != 0 || !normal_id(text, id))
        return ret;
    if (uuid_valid(id, strlen(id)))
        return look(store, SQL_CONTROL_ID, arg_text(id), seq, err);
    if (strlen(id) < SHORT_MIN)
        return 0;
    /* The start of an id is found by an index, its end by reading all. */
    ret = look(store, SQL_CONTROL_PREFIX, arg_text(id), seq, err);
    if (ret != 0)
        return ret;
    return look(store, SQL_CONTROL_SUFFIX, arg_text(id), seq, err);
}

int store_resolve(struct store *store, const char *text, int64_t *seq,
                  struct err *err)
{
    int ret = resolve(store, text, seq, err);

    if (ret < 0)
        err_wrap(err, "cannot find task '%.64s'", text);
    return ret;
}

int store_select(struct store *store, const struct control_choice *choice,
                 int64_t after, size_t limit, int64_t *seqs, struct err *err)
{
    const char *status = task_status_name(choice->status);
    const struct db_arg args[] = {arg_text(status), arg_text(choice->type),
                                  arg_num(choice->since), arg_num(after),
                                  arg_num((int64_t)limit)};
    bool dead = choice->status == TASK_DEAD;
    struct db_rows rows = {0};
    int count;

    if (store_query(store, dead ? SQL_CONTROL_SELECT_DEAD : SQL_CONTROL_SELECT,
                    args + dead, LENGTH(args) - dead, &rows, err) < 0)
        return err_wrap(err, "cannot list %s tasks", status);
    for (size_t i = 0; i < rows.count; i++)
        seqs[i] = db_num(&rows, i, 0);
    count = (int)rows.count;
    db_rows_release(&rows);
    return count;
}
