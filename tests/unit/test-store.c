/*
 * The promises of store.h: what opens, what does not, and why.
 */
#include "config.h"

#include "store/store.h"

#include "store-case.h"
#include "store/store-private.h"

static void test_a_new_database(void)
{
    struct store *store;
    struct store *other;
    char uuid[UUID_SIZE];
    int version = -1;
    int64_t now = 0;

    case_new();
    if (!case_server) {
        ok(!store_open(case_url, STORE_READ, NULL, "test", &err) &&
               err.code == ERR_NOINPUT,
           "a missing file cannot be read");
        store = store_open(case_url, STORE_WRITE, NULL, "test", &err);
        ok(store != NULL, "but who writes makes it");
    } else {
        ok(!store_open(case_url, STORE_WRITE, NULL, "test", &err) &&
               err.code == ERR_CONFIG,
           "an empty PostgreSQL database is not filled by the way");
        is(err.hint, "run aaos-migrate up", "the hint says what to do");
        err_clear(&err);
        store = case_open();
    }
    if (!store)
        return;
    ok(migrate_version(store_db(store), &version, &err) == 0 &&
           version == migrate_latest(db_engine(store_db(store))),
       "it has the newest schema");
    ok(store_uuid(store, &err) && uuid_valid(store_uuid(store, &err), 36),
       "it has a name of its own");
    memcpy(uuid, store_uuid(store, &err), UUID_SIZE);
    other = case_again(NULL);
    is(store_uuid(other, &err), uuid, "which every connection sees");
    ok(store_now(store, &now, &err) == 0 && now > 1600000000000000,
       "it knows the time");
    store_close(other);
    store_close(store);
}

static void test_other_versions(void)
{
    struct store *store = case_open();

    case_run(store, "INSERT INTO schema_migrations VALUES (99, 'x', 'y', 0)");
    store_close(store);
    ok(!store_open(case_url, STORE_WRITE, NULL, "test", &err) &&
           err.code == ERR_CONFIG && strstr(err.msg, "version 99") &&
           strstr(err.hint, "upgrade"),
       "a newer schema is refused: upgrade the programs");
    store = store_open(case_url, STORE_MIGRATE, NULL, "test", &err);
    ok(store != NULL, "who migrates may open it");
    if (store) {
        case_run(store, "DELETE FROM schema_migrations");
        store_close(store);
    }
    err_clear(&err);
    ok(!store_open(case_url, STORE_READ, NULL, "test", &err) &&
           err.code == ERR_CONFIG,
       "tables without a version are refused");
    is(err.hint, "run aaos-migrate up", "the hint names the remedy");
    err_clear(&err);
}

/* ------------------------------------------------------- transactions */

struct trial {
    int calls;
    int fail; /* this many times, with code */
    enum err_code code;
};

static int attempt(struct store *store, void *ctx, struct err *e)
{
    struct trial *trial = ctx;

    (void)store;
    trial->calls++;
    if (trial->calls <= trial->fail)
        return err_set(e, trial->code, "made up");
    return 7;
}

static void test_conflicts_are_repeated(void)
{
    struct store *store = case_open();
    struct trial trial = {.fail = 3, .code = ERR_TEMP};

    ok(store_tx(store, attempt, &trial, &err) == 7 && trial.calls == 4,
       "a conflict is repeated until it is none");
    ok(err.code == ERR_NONE, "and forgotten");
    trial = (struct trial){.fail = 100, .code = ERR_TEMP};
    ok(store_tx(store, attempt, &trial, &err) == -1 && trial.calls == 10 &&
           err.code == ERR_TEMP,
       "but not for ever");
    err_clear(&err);
    trial = (struct trial){.fail = 1, .code = ERR_DATA};
    ok(store_tx(store, attempt, &trial, &err) == -1 && trial.calls == 1,
       "what trying again cannot help is not tried again");
    err_clear(&err);
    store_close(store);
}

/* Cut the connection of `pid` and wait until it is gone. */
static void terminate(struct store *killer, int64_t pid)
{
    char *text = xasprintf("SELECT pg_terminate_backend(%d, 5000)", (int)pid);

    case_num(killer, text);
    free(text);
}

static void test_a_cut_connection(void)
{
    struct store *store;
    struct store *killer;
    struct items list;
    int64_t now;

    if (!case_server)
        return; /* there is no connection */
    store = case_open();
    killer = case_again(NULL);
    terminate(killer, case_num(store, "SELECT pg_backend_pid()"));
    list = case_submit(store, LINES("{\"task_type\":\"qa\",\"description\":"
                                    "\"after the cut\"}"));
    ok(case_num(killer, "SELECT count(*) FROM tasks") == 1,
       "a cut connection is opened again and the work done once");
    terminate(killer, case_num(store, "SELECT pg_backend_pid()"));
    ok(store_now(store, &now, &err) == 0, "a lone statement too");
    items_release(&list);
    store_close(killer);
    store_close(store);
}

static void test_text_for_both(void)
{
    struct buf buf = {0};

    clean_text(&buf, "a\tb\nc\r\0\xff", 8);
    is(buf.data, "a\tb\nc\\x0d\\x00\\xff",
       "bytes become text that keeps its lines");
    buf_release(&buf);
    is(log_level_known("warn"), "warn", "a known level stays");
    is(log_level_known("shout"), "info", "an unknown one is info");
}

static void tests(void)
{
    test_a_new_database();
    test_other_versions();
    test_conflicts_are_repeated();
    test_a_cut_connection();
    test_text_for_both();
}

int main(void)
{
    return case_main(tests);
}
