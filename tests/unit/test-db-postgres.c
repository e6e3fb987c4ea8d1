/*
 * What only PostgreSQL promises: what a lost connection means, and that no
 * password shows.  Needs AAOS_TEST_POSTGRES.  The command in
 * AAOS_TEST_POSTGRES_RESTART restarts that server as a power cut would: it
 * is set where nobody else uses it (tests/deployments/power-cut.test).
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db-items.h"
#include "tap.h"

static int64_t ask(struct db *db, const char *text)
{
    struct db_rows rows = {0};
    int64_t got = -1;

    if (db_adhoc(db, text, NULL, 0, &rows, &err) == 0)
        got = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return got;
}

/* End another connection's backend, and wait until it is gone. */
static bool terminate(struct db *by, int64_t pid)
{
    char text[80];

    snprintf(text, sizeof(text), "SELECT pg_terminate_backend(%d, 10000)::int",
             (int)pid);
    return ask(by, text) == 1;
}

static void test_a_lost_connection(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();

    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 && put(db, 2, "b") == 1, "in a transaction");
    ok(terminate(other, ask(db, "SELECT pg_backend_pid()")),
       "the server drops us");
    ok(put(db, 3, "c") == -1 && err.code == ERR_UNAVAIL && db_broken(db),
       "the next statement says so: %s", err.msg);
    ok(!db_fate_unknown(db), "nothing can have been committed");
    ok(db_commit(db, &err) == -1 && err.code == ERR_UNAVAIL, "no commit");
    ok(db_begin(db, &err) == -1 && err.code == ERR_UNAVAIL && count(db) == -1 &&
           err.code == ERR_UNAVAIL,
       "nor anything else: %s", err.msg);
    ok(db_reconnect(db, &err) == 0 && !db_broken(db) && count(db) == 1,
       "until it is connected anew");
    ok(put(db, 2, "b") == 1, "statements are prepared again");
    db_close(other);
    db_close(db);
}

static void test_lost_while_sending(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();
    int64_t pid = ask(db, "SELECT pg_backend_pid()");
    int ret = 0;

    ok(db_begin(db, &err) == 0 && send_put(db, 1, "a") == 0, "one is sent");
    ok(terminate(other, pid), "the server drops us");
    for (int i = 2; i < 100 && ret == 0; i++)
        ret = send_put(db, i, "b");
    if (ret == 0)
        ret = db_collect(db, NULL, 99, &err);
    ok(ret == -1 && err.code == ERR_UNAVAIL && db_broken(db),
       "the load says so: %s", err.msg);
    db_rollback(db);
    ok(db_reconnect(db, &err) == 0 && count(db) == 0, "nothing was stored");

    pid = ask(db, "SELECT pg_backend_pid()");
    ok(db_begin(db, &err) == 0 && send_put(db, 1, "a") == 0 &&
           terminate(other, pid),
       "once more");
    db_rollback(db);
    ok(db_broken(db) && db_reconnect(db, &err) == 0 && count(db) == 0,
       "a rollback notices as well");
    db_close(other);
    db_close(db);
}

static void test_lost_in_the_commit(void)
{
    struct db *db = open_empty();

    ok(db_script(db,
                 "CREATE OR REPLACE FUNCTION test_db_die() RETURNS trigger"
                 " LANGUAGE plpgsql AS $$ BEGIN"
                 " PERFORM pg_terminate_backend(pg_backend_pid());"
                 " PERFORM pg_sleep(10); RETURN NULL; END $$;"
                 "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON item"
                 " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                 " WHEN (NEW.id = 13) EXECUTE FUNCTION test_db_die()",
                 &err) == 0,
       "a commit that kills its own server process");
    ok(db_begin(db, &err) == 0 && put(db, 13, "a") == 1, "its row is written");
    ok(db_commit(db, &err) == -1 && err.code == ERR_UNAVAIL && db_broken(db) &&
           db_fate_unknown(db),
       "nobody knows whether it is stored: %s", err.msg);
    ok(db_reconnect(db, &err) == 0 && db_fate_unknown(db) && count(db) == 0,
       "a look tells");
    ok(put(db, 13, "a") == -1 && db_broken(db) && db_fate_unknown(db),
       "a statement alone is its own commit");
    ok(db_reconnect(db, &err) == 0 && db_begin(db, &err) == 0 &&
           !db_fate_unknown(db),
       "the next transaction starts afresh");
    db_rollback(db);
    db_script(db, "DROP TABLE item; DROP FUNCTION test_db_die()", &err);
    db_close(db);
}

static enum err_code raised(struct db *db, const char *sqlstate)
{
    char text[160];

    snprintf(text, sizeof(text),
             "DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = '%s'; "
             "END $$",
             sqlstate);
    return db_adhoc(db, text, NULL, 0, NULL, &err) < 0 ? err.code : ERR_NONE;
}

static void test_classes(void)
{
    static const struct {
        const char *sqlstate;
        enum err_code code;
    } cases[] = {
        {"40001", ERR_TEMP},   {"40P01", ERR_TEMP},   {"55P03", ERR_TEMP},
        {"57014", ERR_TEMP},   {"53100", ERR_IO},     {"58030", ERR_IO},
        {"23505", ERR_DATA},   {"22001", ERR_DATA},   {"P0001", ERR_DATA},
        {"42P01", ERR_CONFIG}, {"42501", ERR_CONFIG}, {"28000", ERR_CONFIG},
        {"08P01", ERR_BUG},    {"42601", ERR_BUG},
    };
    struct db *db = open_empty();

    for (size_t i = 0; i < LENGTH(cases); i++)
        ok(raised(db, cases[i].sqlstate) == cases[i].code && !db_broken(db),
           "%s is of class %d", cases[i].sqlstate, (int)cases[i].code);
    ok(raised(db, "57P01") == ERR_UNAVAIL && db_broken(db), "57P01 breaks");
    db_close(db);
}

static void test_waiting_has_an_end(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();

    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 &&
           ask(db, "SELECT id FROM item FOR UPDATE") == 1 &&
           ask(other, "SELECT id FROM item FOR UPDATE NOWAIT") == -1 &&
           err.code == ERR_TEMP,
       "a row that another has locked is a matter of time: %s", err.msg);
    db_rollback(db);
    ok(ask(other, "SELECT current_setting('lock_timeout') = '10s'") == 1 &&
           ask(other, "SELECT current_setting("
                      "'idle_in_transaction_session_timeout') = '1min'") == 1,
       "nobody waits for ever");
    ok(ask(other, "SELECT current_setting('application_name') = 'test-db'") ==
           1,
       "the server knows our name");
    db_close(other);
    db_close(db);
}

static void test_values(void)
{
    struct db *db = open_empty();
    struct db_rows rows = {0};

    ok(db_adhoc(db,
                "SELECT true, false, 5::int2, 1.50::numeric, 7::numeric,"
                " 99999999999999999999::numeric, '2026-01-01'::date",
                NULL, 0, &rows, &err) == 0,
       "values of other types");
    ok(db_cell(&rows, 0, 0)->kind == DB_NUM && db_num(&rows, 0, 0) == 1 &&
           db_cell(&rows, 0, 1)->kind == DB_NUM && db_num(&rows, 0, 1) == 0 &&
           db_num(&rows, 0, 2) == 5,
       "truth is a number");
    ok(db_cell(&rows, 0, 3)->kind == DB_TEXT &&
           db_cell(&rows, 0, 4)->kind == DB_NUM &&
           db_cell(&rows, 0, 5)->kind == DB_TEXT,
       "numeric is one when it is whole and fits");
    is(db_text(&rows, 0, 5), "99999999999999999999", "else its digits");
    is(db_text(&rows, 0, 6), "2026-01-01", "the rest is text");
    db_rows_release(&rows);
    db_close(db);
}

static void test_notices_are_not_printed(void)
{
    struct db *db = open_empty();
    char path[] = "/tmp/aaos-notice-XXXXXX";
    int file = mkstemp(path);
    int saved = dup(STDERR_FILENO);
    struct stat st = {.st_size = -1};

    dup2(file, STDERR_FILENO);
    ok(db_script(db, "DROP TABLE IF EXISTS no_such_table", &err) == 0,
       "a notice is raised");
    dup2(saved, STDERR_FILENO);
    ok(fstat(file, &st) == 0 && st.st_size == 0, "and not heard");
    close(file);
    close(saved);
    unlink(path);
    db_close(db);
}

/* The refusal of an URL; ERR_BUG if a message held the password. */
static enum err_code refusal(const char *bad)
{
    struct db *db = NULL;

    err_clear(&err);
    if (db_open(bad, &options, &db, &err) == 0) {
        db_close(db);
        return ERR_NONE;
    }
    if (strstr(err.msg, "s3cret") || strstr(err.hint, "s3cret"))
        return ERR_BUG;
    return err.code;
}

static void test_names_hide_passwords(void)
{
    const char *rest = strstr(url, ":///") + 4; /* "aaos?host=...&user=..." */
    char *text = xasprintf("postgresql+psycopg2://aaos:s3cret@/%s", rest);
    struct db *db = NULL;

    ok(db_open(text, &options, &db, &err) == 0, "a driver's URL opens");
    ok(!strstr(db_name(db), "s3cret") && !db_path(db), "no password in '%s'",
       db_name(db));
    db_close(db);
    free(text);
    text = xasprintf("%s&password=s3cret&sslmode=disable", url);
    ok(db_open(text, &options, &db, &err) == 0, "a password as a parameter");
    ok(!strstr(db_name(db), "s3cret") &&
           strstr(db_name(db), "&password=***&sslmode=disable"),
       "nor in '%s'", db_name(db));
    db_close(db);
    free(text);
}

static void test_refusals_hide_passwords(void)
{
    const char *query = strchr(url, '?'); /* "?host=...&user=..." */
    char *text = xasprintf("postgresql://aaos:s3cret@/nowhere%s", query);

    ok(refusal(text) == ERR_CONFIG, "no such database: %s", err.msg);
    free(text);
    text = xasprintf("postgresql://nobody:s3cret@/aaos%.*s",
                     (int)strcspn(query, "&"), query);
    ok(refusal(text) == ERR_CONFIG, "no such user: %s", err.msg);
    free(text);
    ok(refusal("postgresql://a:s3cret@/x?host=/nowhere") == ERR_UNAVAIL,
       "no server: %s", err.msg);
    ok(refusal("postgresql://a:s3cret%zz@h/x") == ERR_USAGE, "malformed: %s",
       err.msg);
    ok(refusal("postgresql://a:x/s3cret@h/x") == ERR_USAGE, "unescaped: %s",
       err.msg);
}

static void test_a_restart(void)
{
    const char *command = getenv("AAOS_TEST_POSTGRES_RESTART");
    struct db *db;

    if (!command)
        return;
    db = open_empty();
    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 && put(db, 2, "b") == 1, "in a transaction");
    ok(system(command) == 0, "the server restarts"); /* NOLINT(cert-env33-c) */
    ok(db_commit(db, &err) == -1 && err.code == ERR_UNAVAIL && db_broken(db) &&
           db_fate_unknown(db),
       "the commit fails: %s", err.msg);
    ok(db_reconnect(db, &err) == 0 && count(db) == 1,
       "what was committed is there, and no more");
    db_close(db);
}

static void run_all(void)
{
    test_a_lost_connection();
    test_lost_while_sending();
    test_lost_in_the_commit();
    test_classes();
    test_waiting_has_an_end();
    test_values();
    test_notices_are_not_printed();
    test_names_hide_passwords();
    test_refusals_hide_passwords();
    test_a_restart();
}

int main(void)
{
    if (on_postgres_server(run_all))
        return tap_done();
    printf("1..0 # SKIP AAOS_TEST_POSTGRES is not set\n");
    return 0;
}
