/*
 * The promises of migrate.h, kept on both engines.
 */
#include "config.h"

#include "store/migrate.h"

#include <sys/wait.h>

#include "store-case.h"

static struct store *open_bare(void)
{
    struct store *store =
        store_open(case_url, STORE_MIGRATE, NULL, "test", &err);

    if (!store)
        xdie(err.msg);
    return store;
}

static int version_of(struct store *store)
{
    int version = -1;

    if (migrate_version(store_db(store), &version, &err) < 0)
        printf("# %s\n", err.msg);
    return version;
}

static void states_free(struct migration_state **states)
{
    free(*states);
    *states = NULL;
}

static int said;
static void count_step(void *ctx, const struct migration *m, bool up)
{
    (void)ctx;
    (void)m;
    said += up ? 1 : 100;
}

static void test_up_and_down(void)
{
    struct store *store;
    struct db *db;
    int latest;
    bool empty = false;

    case_new();
    store = open_bare();
    db = store_db(store);
    latest = migrate_latest(db_engine(db));
    said = 0;
    ok(version_of(store) == 0, "nothing is version 0");
    ok(migrate_empty(db, &empty, &err) == 0 && empty, "and holds no table");
    ok(migrate_to(db, latest, count_step, NULL, &err) == 0 && said == latest,
       "up to the newest, each step announced");
    ok(version_of(store) == latest, "the version is known");
    ok(migrate_to(db, latest, count_step, NULL, &err) == 0 && said == latest,
       "then there is nothing to do");
    is(case_text(store, "SELECT name FROM schema_migrations WHERE version = 1"),
       "foundation", "each has its row");
    ok(case_num(store, "SELECT count(*) FROM meta WHERE key = 'db_uuid'") == 1,
       "the database has a name");
    said = 0;
    ok(migrate_to(db, 0, count_step, NULL, &err) == 0 && said == latest * 100,
       "and down again");
    ok(version_of(store) == 0 && migrate_empty(db, &empty, &err) == 0 && empty,
       "leaves nothing behind");
    ok(migrate_to(db, latest, NULL, NULL, &err) == 0,
       "what is gone can be made again");
    ok(migrate_to(db, latest + 1, NULL, NULL, &err) == -1 &&
           err.code == ERR_USAGE,
       "there is no version beyond the newest");
    err_clear(&err);
    store_close(store);
}

static void test_what_was_applied(void)
{
    struct store *store = case_open();
    struct db *db = store_db(store);
    struct migration_state *states = NULL;
    size_t count = 0;
    int latest;
    char *text;

    ok(migrate_status(db, &states, &count, &err) == 0 &&
           (int)count == migrate_latest(db_engine(db)) && states[0].applied &&
           !states[0].changed && states[0].applied_at > 0,
       "the status says when");
    states_free(&states);
    case_run(store, "UPDATE schema_migrations SET sha256 = 'x'");
    ok(migrate_status(db, &states, &count, &err) == 0 && states[0].changed,
       "and whether its text has changed since");
    states_free(&states);
    ok(migrate_to(db, 0, NULL, NULL, &err) == -1 && err.code == ERR_CONFIG,
       "then nothing is migrated");
    err_clear(&err);
    latest = migrate_latest(db_engine(db));
    text = xasprintf("INSERT INTO schema_migrations VALUES (%d, 'b', 'x', 0);"
                     "INSERT INTO schema_migrations VALUES (%d, 'c', 'x', 0)",
                     latest + 1, latest + 2);
    case_run(store, text);
    free(text);
    text = xasprintf("version %d", latest + 2);
    ok(migrate_status(db, &states, &count, &err) == 0 &&
           (int)count == latest + 2 && states[latest + 1].applied,
       "versions that we do not know are listed");
    states_free(&states);
    ok(migrate_to(db, 1, NULL, NULL, &err) == -1 && err.code == ERR_CONFIG &&
           strstr(err.msg, text),
       "and not touched");
    free(text);
    err_clear(&err);
    case_run(store, "DROP TABLE schema_migrations");
    ok(migrate_to(db, 1, NULL, NULL, &err) == -1 && err.code == ERR_CONFIG &&
           strstr(err.msg, "no schema version"),
       "tables with our names and no version are not touched either");
    err_clear(&err);
    store_close(store);
}

/* A step that ends before its commit, wherever that is. */
static void test_interrupted(void)
{
    struct store *store;
    struct db *db;
    const struct migration *all;
    size_t count;
    bool empty = false;

    case_new();
    store = open_bare();
    db = store_db(store);
    all = migrations(db_engine(db), &count);
    ok(db_begin(db, &err) == 0 && db_script(db, all[0].up, &err) == 0,
       "a step is under way");
    store_close(store);
    store = open_bare();
    db = store_db(store);
    ok(version_of(store) == 0 && migrate_empty(db, &empty, &err) == 0 && empty,
       "what is not committed has not happened");
    ok(migrate_to(db, 1, NULL, NULL, &err) == 0, "the next one succeeds");
    case_fill(store, "{\"task_type\":\"qa\",\"description\":\"look\"}", 1);
    ok(db_begin(db, &err) == 0 && db_script(db, all[0].down, &err) == 0,
       "a step down is under way");
    store_close(store);
    store = open_bare();
    ok(version_of(store) == 1 &&
           case_num(store, "SELECT count(*) FROM tasks") == 1,
       "nothing was lost");
    store_close(store);
}

static int migrate_alone(void)
{
    struct store *store = open_bare();
    int ret = migrate_to(store_db(store), 1, NULL, NULL, &err);

    store_close(store);
    return ret == 0 ? 0 : 1;
}

static void test_many_migrators(void)
{
    enum { MANY = 4 };
    struct store *store;
    pid_t pids[MANY];
    int failed = 0;

    case_new();
    fflush(stdout);
    for (int i = 0; i < MANY; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(migrate_alone());
    }
    for (int i = 0; i < MANY; i++) {
        int status = -1;

        waitpid(pids[i], &status, 0);
        failed += status != 0;
    }
    store = open_bare();
    ok(failed == 0 && version_of(store) == 1 &&
           case_num(store, "SELECT count(*) FROM schema_migrations") == 1 &&
           case_num(store, "SELECT count(*) FROM meta") == 1,
       "of many migrators one migrates, and nobody fails");
    store_close(store);
}

static struct buf differences;
static void note_difference(void *ctx, const char *what)
{
    (void)ctx;
    buf_fmt(&differences, "[%s]", what);
}

static size_t check(struct store *store)
{
    size_t count = 999;

    buf_reset(&differences);
    if (migrate_check(store_db(store), note_difference, NULL, &count, &err) < 0)
        printf("# %s\n", err.msg);
    return count;
}

static bool differs(const char *what)
{
    bool found = differences.data && strstr(differences.data, what);

    if (!found)
        printf("# %s\n", differences.data ? differences.data : "(none)");
    return found;
}

static void test_check(void)
{
    struct store *store = case_open();

    ok(check(store) == 0, "a fresh schema differs in nothing");
    case_run(store, "CREATE TABLE extra (a bigint);"
                    "DROP INDEX tasks_dead;"
                    "ALTER TABLE agents ADD COLUMN mood text");
    ok(check(store) >= 4, "differences are counted");
    ok(differs("[table extra is not part of the schema]"), "a table too many");
    ok(differs("[index tasks_dead is missing]"), "an index that is not there");
    ok(differs("[column agents.mood is not part of the schema]"),
       "a new column");
    case_run(store, "DROP TABLE extra;"
                    "DROP VIEW agents_view;"
                    "CREATE VIEW agents_view AS SELECT agent_id FROM agents");
    check(store);
    ok(differs("[view agents_view differs]"), "a view with other words");
    if (case_server) {
        case_run(store, "ALTER TABLE tasks DROP CONSTRAINT tasks_check;"
                        "ALTER TABLE agents ALTER COLUMN claim_limit TYPE int");
        check(store);
        ok(differs("[constraint tasks_check is missing]"),
           "a check that is not there");
        ok(differs("[column agents.claim_limit differs]"),
           "a column of another type");
        ok(case_num(store, "SELECT count(*) FROM pg_namespace WHERE nspname = "
                           "'aaos_migrate_check'") == 0,
           "the check leaves nothing behind");
    }
    store_close(store);
}

static void tests(void)
{
    test_up_and_down();
    test_what_was_applied();
    test_interrupted();
    test_many_migrators();
    test_check();
}

int main(void)
{
    int status = case_main(tests);

    buf_release(&differences);
    return status;
}
