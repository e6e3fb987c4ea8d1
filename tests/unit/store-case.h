/*
 * store-case.h - an empty store for each test, on the engine under test
 *
 * SQLite: a file in a folder of this process.  PostgreSQL: a schema of its
 * own on the server whose URL is in AAOS_TEST_POSTGRES.
 */
#ifndef AAOS_TESTS_STORE_CASE_H
#define AAOS_TESTS_STORE_CASE_H

#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "db/db-driver.h"
#include "drop.h"
#include "store/claim.h"
#include "store/migrate.h"
#include "store/store.h"
#include "store/submit.h"
#include "tap.h"
#include "task/record.h"

static struct err err;
static const char *case_server; /* NULL: SQLite */
static char case_dir[] = "/tmp/aaos-test-XXXXXX";
static int case_number;
static char *case_url;

/* Statements on the server itself. */
ATTR_UNUSED
static void case_server_run(char *text)
{
    const struct db_options options = {.program = "test"};
    struct db *db = NULL;

    if (db_open(case_server, &options, &db, &err) < 0 ||
        db_script(db, text, &err) < 0)
        xdie(err.msg);
    db_close(db);
    free(text);
}

/* What the test before left. */
ATTR_UNUSED
static void case_drop(void)
{
    if (case_server && case_url)
        case_server_run(xasprintf("DROP SCHEMA t%ld_%d CASCADE", (long)getpid(),
                                  case_number));
    free(case_url);
    case_url = NULL;
}

/* Without a schema: what the next case_url names. */
ATTR_UNUSED
static void case_new(void)
{
    long pid = (long)getpid();

    case_drop();
    case_number++;
    if (!case_server) {
        case_url = xasprintf("sqlite:%s/%d.db", case_dir, case_number);
        return;
    }
    case_server_run(xasprintf("CREATE SCHEMA t%ld_%d", pid, case_number));
    case_url =
        xasprintf("%s%coptions=-csearch_path%%3Dt%ld_%d", case_server,
                  strchr(case_server, '?') ? '&' : '?', pid, case_number);
}

/* One more connection to the store of this test. */
ATTR_UNUSED
static struct store *case_again(const struct store_policy *policy)
{
    struct store *store =
        store_open(case_url, STORE_WRITE, policy, "test", &err);

    if (!store)
        xdie(err.msg);
    return store;
}

ATTR_UNUSED
static struct store *case_open_with(const struct store_policy *policy)
{
    err_clear(&err);
    case_new();
    if (case_server) {
        struct store *store =
            store_open(case_url, STORE_MIGRATE, NULL, "test", &err);

        if (!store || migrate_to(store_db(store), migrate_latest(DB_POSTGRES),
                                 NULL, NULL, &err) < 0)
            xdie(err.msg);
        store_close(store);
    }
    return case_again(policy);
}

ATTR_UNUSED
static struct store *case_open(void)
{
    return case_open_with(NULL);
}

/* The first value of a statement; 0 without a row. */
ATTR_UNUSED
static int64_t case_num(struct store *store, const char *sql)
{
    struct db_rows rows = {0};
    int64_t num = 0;

    if (db_adhoc(store_db(store), sql, NULL, 0, &rows, &err) < 0)
        printf("# %s: %s\n", sql, err.msg);
    else if (rows.count > 0)
        num = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return num;
}

/* Likewise as text; valid until the next call. */
ATTR_UNUSED
static const char *case_text(struct store *store, const char *sql)
{
    static char *text;
    struct db_rows rows = {0};

    free(text);
    text = NULL;
    if (db_adhoc(store_db(store), sql, NULL, 0, &rows, &err) < 0)
        printf("# %s: %s\n", sql, err.msg);
    else if (rows.count > 0)
        text = xstrdup_null(db_text(&rows, 0, 0));
    db_rows_release(&rows);
    return text;
}

ATTR_UNUSED
static void case_run(struct store *store, const char *sql)
{
    bool good = db_begin(store_db(store), &err) == 0 &&
                db_script(store_db(store), sql, &err) == 0 &&
                db_commit(store_db(store), &err) == 0;

    db_rollback(store_db(store));
    if (!good)
        ok(false, "%s: %s", sql, err.msg);
}

/*
 * The next commit loses its answer: the connection breaks while it is under
 * way, and whether it happened is up to `committed`.
 */
static struct db_driver case_driver;
static const struct db_driver *case_real;
static bool case_committed;

ATTR_UNUSED
static int case_lost_commit(struct db *db, struct err *e)
{
    db->driver = case_real;
    if (!case_committed)
        case_real->rollback(db);
    else if (case_real->commit(db, e) < 0)
        return -1;
    db->broken = true;
    db->fate_unknown = true;
    return err_set(e, ERR_UNAVAIL, "the connection broke");
}

ATTR_UNUSED
static void case_lose_answer(struct store *store, bool committed)
{
    struct db *db = store_db(store);

    case_real = db->driver;
    case_driver = *case_real;
    case_driver.commit = case_lost_commit;
    case_committed = committed;
    db->driver = &case_driver;
}

/* A record from a line of JSON. */
ATTR_UNUSED
static int parse(const char *json, const struct task_record *defaults,
                 struct task_record *out, struct err *e)
{
    static const struct task_rules rules = {task_builtin_types,
                                            LENGTH(task_builtin_types)};
    struct json_slice slice;

    if (json_check(json, strlen(json), &slice, e) < 0)
        return -1;
    return task_record_parse(&slice, defaults, &rules, out, e);
}

/* Items from lines of JSON; a NULL ends them. */
struct items {
    struct submit_item *items;
    size_t count;
};

ATTR_UNUSED
static struct items items_of(const char *const *lines)
{
    struct items list = {0};
    struct submit_item *item;

    while (lines[list.count])
        list.count++;
    list.items = xcalloc(list.count + 1, sizeof(*list.items));
    for (size_t i = 0; i < list.count; i++) {
        item = &list.items[i];
        item->line = (int64_t)i + 1;
        if (parse(lines[i], NULL, &item->record, &err) < 0)
            ok(false, "%s: %s", lines[i], err.msg);
    }
    return list;
}

ATTR_UNUSED
static void items_release(struct items *list)
{
    for (size_t i = 0; i < list->count; i++)
        task_record_release(&list->items[i].record);
    free(list->items);
    *list = (struct items){0};
}

/* Store them; the list is the caller's to release. */
ATTR_UNUSED
static struct items case_submit(struct store *store, const char *const *lines)
{
    struct items list = items_of(lines);

    if (store_submit(store, list.items, list.count, false, &err) < 0)
        ok(false, "submit: %s", err.msg);
    return list;
}
#define LINES(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* `count` plain tasks. */
ATTR_UNUSED
static void case_fill(struct store *store, const char *line, int count)
{
    for (int i = 0; i < count; i++) {
        struct items list = case_submit(store, LINES(line));

        items_release(&list);
    }
}

/* Claim up to max of these types (NULL: all) from SQL for agent "A". */
ATTR_UNUSED
static struct claim_list case_claim(struct store *store,
                                    const char *const *types, size_t max)
{
    struct claim_request request = {
        .agent_id = "A", .types = types, .sql_too = true, .max = max};
    struct claim_list out = {0};

    while (types && types[request.type_count])
        request.type_count++;
    request.lease = 30000000;
    if (store_cycle(store, NULL, 0, &request, &out, &err) < 0)
        ok(false, "claim: %s", err.msg);
    return out;
}

ATTR_UNUSED
static struct finish case_end(const struct claim *claim,
                              enum task_outcome outcome)
{
    return (struct finish){.seq = claim->seq,
                           .attempt = claim->attempt,
                           .agent_id = "A",
                           .outcome = outcome,
                           .started = true,
                           .exit_status = -1,
                           .user_time = -1,
                           .system_time = -1,
                           .max_rss = -1};
}

/* Run the tests on SQLite, and on PostgreSQL when there is a server. */
ATTR_UNUSED
static int case_main(void (*tests)(void))
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!mkdtemp(case_dir))
        xdie("mkdtemp");
    printf("# SQLite\n");
    tests();
    case_drop();
    case_server = getenv("AAOS_TEST_POSTGRES");
    if (case_server) {
        printf("# PostgreSQL\n");
        tests();
        case_drop();
    } else {
        ok(true, "PostgreSQL # SKIP AAOS_TEST_POSTGRES is not set");
    }
    drop_tree(case_dir);
    return tap_done();
}

#endif
