/*
 * Transactions, loads of statements and reconnecting, the same on both
 * engines.
 */
#include "config.h"

#include "db/db.h"

#include <string.h>

#include "core/mem.h"
#include "db-items.h"
#include "tap.h"

static void test_a_failed_statement_fails_its_transaction(void)
{
    struct db *db = open_empty();

    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1,
       "a row in a transaction");
    ok(put(db, 1, "a") == -1 && err.code == ERR_DATA, "the same once more");
    ok(put(db, 2, "b") == -1 && err.code == ERR_BUG, "nothing runs after it");
    ok(db_commit(db, &err) == -1 && !db_fate_unknown(db), "nor commits");
    ok(count(db) == 0, "everything is undone");
    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1 && put(db, 1, "a") == -1,
       "once more");
    db_rollback(db);
    db_rollback(db);
    ok(put(db, 5, "e") == 1 && count(db) == 1, "rolled back, it goes on");
    ok(db_commit(db, &err) == -1 && err.code == ERR_BUG,
       "no transaction, no commit");
    db_close(db);
}

static void test_others_see_what_was_committed(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();

    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1, "a row is written");
    ok(db_begin(db, &err) == -1 && err.code == ERR_BUG, "nesting is refused");
    ok(count(other) == 0, "before the commit nobody sees it");
    ok(db_commit(db, &err) == 0 && count(other) == 1, "after it all do");

    ok(db_snapshot(other, &err) == 0 && count(other) == 1, "a snapshot");
    put(db, 2, "b");
    ok(count(other) == 1 && count(db) == 2, "does not see what comes later");
    ok(put(other, 3, "c") == -1 && err.code == ERR_BUG, "and cannot write");
    db_rollback(other);
    ok(db_snapshot(other, &err) == 0 && db_commit(other, &err) == 0 &&
           count(other) == 2,
       "after it the new rows are there");

    ok(db_begin(db, &err) == 0 && put(db, 4, "d") == 1, "a row");
    db_rollback(db);
    ok(count(db) == 2, "is gone after a rollback");
    db_close(other);
    db_close(db);
}

static void test_many_statements_are_sent(void)
{
    static int64_t changed[DB_SEND_MAX];
    struct db *db = open_empty();
    struct db_arg one = arg_num(1);
    bool good = true;

    ok(send_put(db, 1, "a") == -1 && err.code == ERR_BUG,
       "sending needs a transaction");
    ok(db_begin(db, &err) == 0, "in a transaction");
    for (int64_t i = 0; i < DB_SEND_MAX - 1; i++)
        good = good && send_put(db, i, "text") == 0;
    ok(good && db_send(db, BUMP, &one, 1, &err) == 0, "a full load is sent");
    ok(db_collect(db, changed, DB_SEND_MAX, &err) == 0 && changed[0] == 1 &&
           changed[DB_SEND_MAX - 2] == 1 &&
           changed[DB_SEND_MAX - 1] == DB_SEND_MAX - 1,
       "and each says how many rows it changed");
    ok(count(db) == DB_SEND_MAX - 1, "a query may follow");
    ok(db_collect(db, NULL, 0, &err) == 0, "collecting nothing is fine");
    ok(send_put(db, -1, "a") == 0 && db_collect(db, NULL, 1, &err) == 0 &&
           db_commit(db, &err) == 0 && count(db) == DB_SEND_MAX,
       "a second load, and all is stored");

    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           count(db) == -1 && err.code == ERR_BUG,
       "a query must not come in between");
    ok(db_commit(db, &err) == -1, "that fails the transaction");
    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           db_collect(db, NULL, 2, &err) == -1 && err.code == ERR_BUG,
       "what is collected is what was sent");
    db_rollback(db);
    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           db_commit(db, &err) == -1 && err.code == ERR_BUG,
       "an uncollected load is not committed");
    ok(count(db) == DB_SEND_MAX, "nothing of that is there");
    db_close(db);
}

static void test_a_failure_among_many(void)
{
    struct db *db = open_empty();
    struct db_arg one = arg_num(1);
    int ret;

    ok(db_begin(db, &err) == 0 && send_put(db, 1, "a") == 0, "a good one");
    ret = send_put(db, 1, "a");
    if (ret == 0)
        ret = send_put(db, 2, "b");
    /* Its first use is behind the failure: it must be prepared again. */
    if (ret == 0)
        ret = db_send(db, BUMP, &one, 1, &err);
    if (ret == 0)
        ret = db_collect(db, NULL, 4, &err);
    ok(ret == -1 && err.code == ERR_DATA, "a bad one fails the load: %s",
       err.msg);
    db_rollback(db);
    ok(count(db) == 0 && put(db, 1, "a") == 1, "all of it, and it goes on");
    ok(db_begin(db, &err) == 0 && db_send(db, BUMP, &one, 1, &err) == 0 &&
           db_collect(db, NULL, 1, &err) == 0 && db_commit(db, &err) == 0,
       "what was skipped works the next time");
    db_close(db);
}

/* More than both sides' buffers hold, in both directions at once. */
static void test_big_loads_do_not_block(void)
{
    enum { SENT = 100, SIZE = 200000 };
    struct db *db = open_empty();
    char *text = xmalloc(SIZE);
    bool good = true;

    memset(text, 'x', SIZE);
    put(db, 1, "a");
    ok(db_begin(db, &err) == 0, "a transaction");
    for (int i = 0; i < SENT; i++) {
        const struct db_arg args[] = {arg_num(1), arg_textn(text, SIZE)};

        good = good && db_send(db, RETEXT, args, 2, &err) == 0;
    }
    ok(good && db_collect(db, NULL, SENT, &err) == 0 &&
           db_commit(db, &err) == 0,
       "20 MB there and back in one load");
    free(text);
    db_close(db);
}

static void test_a_script_is_all_or_nothing(void)
{
    struct db *db = open_empty();

    ok(db_script(db, "INSERT INTO item (id) VALUES (1); SELECT 1 FROM nowhere",
                 &err) == -1,
       "a script fails in its second half");
    ok(count(db) == 0, "and the first half is undone");
    ok(db_begin(db, &err) == 0 &&
           db_script(db, "INSERT INTO item (id) VALUES (1);", &err) == 0,
       "a script in a transaction");
    db_rollback(db);
    ok(count(db) == 0, "is undone with it");
    db_close(db);
}

static void test_reconnect(void)
{
    struct db *db = open_empty();

    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 && put(db, 2, "b") == 1, "in a transaction");
    ok(db_reconnect(db, &err) == 0 && !db_broken(db), "it connects anew");
    ok(count(db) == 1 && put(db, 3, "c") == 1, "the transaction was undone");
    ok(db_begin(db, &err) == 0 && send_put(db, 4, "d") == 0 &&
           db_reconnect(db, &err) == 0 && count(db) == 2,
       "and so with one that was half sent");
    db_close(db);
}

static void run_all(void)
{
    test_a_failed_statement_fails_its_transaction();
    test_others_see_what_was_committed();
    test_many_statements_are_sent();
    test_a_failure_among_many();
    test_big_loads_do_not_block();
    test_a_script_is_all_or_nothing();
    test_reconnect();
}

int main(void)
{
    on_both_engines(run_all);
    return tap_done();
}
