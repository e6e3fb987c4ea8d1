/*
 * One dispatcher at a time, and whoever lost the lease can write nothing.
 */
#include "config.h"

#include "store/lease.h"

#include "store-case.h"

#define LONG (INT64_C(30) * 1000000)
#define NAME LEASE_DISPATCHER

static int take(struct store *store, const char *owner, struct lease *lease)
{
    err_clear(&err);
    return lease_take(store, NAME, owner, LONG, false, lease, &err);
}

/* As if thirty seconds had passed. */
static void let_it_end(struct store *store)
{
    case_run(store, "UPDATE leases SET expires_at = aaos_lease_now() - 1");
}

static void test_terms(void)
{
    struct store *store = case_open();
    struct lease a = {0};
    struct lease b = {0};

    ok(lease_read(store, NAME, &a, &err) == 0, "at first nobody has it");
    ok(take(store, "A", &a) == 1 && a.term == 1, "the first one gets term 1");
    ok(a.left > LONG / 2 && a.left <= LONG && a.expires_at > a.acquired_at,
       "for thirty seconds");
    ok(take(store, "B", &b) == 0 && strcmp(b.owner, "A") == 0 && b.term == 1,
       "the second one is told who has it");
    ok(take(store, "A", &a) == 1 && a.term == 1,
       "who has it may ask again, in the same term");
    ok(lease_renew(store, NAME, &a, LONG, &err) == 1, "it can be renewed");
    ok(lease_release(store, NAME, &a, &err) == 0, "it is released");
    ok(lease_read(store, NAME, &b, &err) == 1 && b.left == 0 && b.term == 1,
       "the term stays");
    ok(take(store, "B", &b) == 1 && b.term == 2, "the next holder raises it");
    ok(lease_release(store, NAME, &a, &err) == 0 &&
           lease_renew(store, NAME, &b, LONG, &err) == 1,
       "a release that comes late takes nothing away");
    let_it_end(store);
    ok(lease_renew(store, NAME, &b, LONG, &err) == 0,
       "what is over cannot be renewed");
    ok(take(store, "A", &a) == 1 && a.term == 3, "what is over can be taken");
    store_close(store);
}

static void test_stealing(void)
{
    struct store *store = case_open();
    struct lease a = {0};
    struct lease b = {.owner = "somebody"};

    take(store, "A", &a);
    ok(lease_take(store, NAME, "B", LONG, true, &b, &err) == 0,
       "proof of the death of another is no proof");
    snprintf(b.owner, sizeof(b.owner), "A");
    ok(lease_take(store, NAME, "B", LONG, true, &b, &err) == 1 && b.term == 2,
       "who is proved dead is robbed");
    case_run(store, "UPDATE leases SET expires_at = aaos_lease_now() + "
                    "7200000000");
    ok(lease_read(store, NAME, &a, &err) == 1 && a.left == 0,
       "the clock of another boot gives nobody time");
    ok(take(store, "C", &b) == 1 && b.term == 3,
       "nor does it keep the lease for ever");
    store_close(store);
}

static void test_the_ledger(void)
{
    struct store *store = case_open();
    struct lease mine = {0};
    struct db_rows rows = {0};
    int64_t id = 0;
    int64_t next = 0;

    take(store, "A", &mine);
    ok(tick_open(store, &mine, &id, &err) == 0 && id > 0, "a tick is opened");
    ok(tick_close(store, &mine, id, TICK_PARTIAL, 3, 2, "notes", &err) == 0,
       "and closed");
    ok(tick_open(store, &mine, &next, &err) == 0 && next > id,
       "so is the next one");
    ok(read_ticks(store, 0, 10, &rows, &err) == 0 && rows.count == 2 &&
           db_num(&rows, 0, RTK_ID) == next &&
           db_null(&rows, 0, RTK_FINISHED_AT) && db_null(&rows, 0, RTK_STATUS),
       "the newest comes first and is not over");
    ok(strcmp(db_text(&rows, 1, RTK_STATUS), "PARTIAL") == 0 &&
           strcmp(db_text(&rows, 1, RTK_OWNER), "A") == 0 &&
           strcmp(db_text(&rows, 1, RTK_NOTES), "notes") == 0 &&
           db_num(&rows, 1, RTK_TERM) == 1 &&
           db_num(&rows, 1, RTK_ATTEMPTED) == 3 &&
           db_num(&rows, 1, RTK_SUCCEEDED) == 2 &&
           db_num(&rows, 1, RTK_FINISHED_AT) >=
               db_num(&rows, 1, RTK_STARTED_AT),
       "a row says everything");
    db_rows_release(&rows);
    ok(read_ticks(store, next, 10, &rows, &err) == 0 && rows.count == 1,
       "pages go back in time");
    db_rows_release(&rows);
    store_close(store);
}

static void test_who_was_stopped_changes_nothing(void)
{
    struct store *store = case_open();
    struct store *rival = case_again(NULL);
    struct lease a = {0};
    struct lease b = {0};
    int64_t id = 0;
    int64_t other = 0;

    take(store, "A", &a);
    tick_open(store, &a, &id, &err);
    let_it_end(store);
    ok(tick_close(store, &a, id, TICK_SUCCESS, 0, 0, NULL, &err) < 0 &&
           err.code == ERR_LOST,
       "a lease that is over guards, even if nobody took it");
    err_clear(&err);
    ok(take(rival, "B", &b) == 1 && tick_open(rival, &b, &other, &err) == 0,
       "another one took over");
    is(case_text(store, "SELECT status || ': ' || notes FROM tick_ledger "
                        "WHERE finished_at IS NOT NULL"),
       "FAIL: abandoned: the dispatcher died or lost its lease",
       "the tick that was left open is closed by the next");
    ok(tick_close(store, &a, id, TICK_SUCCESS, 0, 0, NULL, &err) < 0 &&
           err.code == ERR_LOST,
       "who was stopped cannot close its tick: %s", err.msg);
    ok(tick_open(store, &a, &id, &err) < 0 && err.code == ERR_LOST,
       "nor open one");
    ok(lease_renew(store, NAME, &a, LONG, &err) == 0, "nor renew");
    ok(tick_close(rival, &b, other, TICK_SUCCESS, 1, 1, NULL, &err) == 0,
       "the new holder can");
    ok(take(store, "A", &a) == 0, "and keeps it");
    lease_release(rival, NAME, &b, &err);
    ok(take(store, "A", &a) == 1 && a.term == 3,
       "a former holder comes back under a new term");
    store_close(rival);
    store_close(store);
}

static void test_lost_answers(void)
{
    for (int committed = 0; committed < 2; committed++) {
        struct store *store = case_open();
        struct lease mine = {0};
        int64_t id = 0;

        case_lose_answer(store, committed);
        ok(take(store, "A", &mine) == 1 && mine.term == 1,
           "a lost answer to the %s lease is settled",
           committed ? "stored" : "failed");
        case_lose_answer(store, committed);
        ok(tick_open(store, &mine, &id, &err) == 0 &&
               case_num(store, "SELECT count(*) FROM tick_ledger") == 1,
           "so is that to the tick: there is one row");
        case_lose_answer(store, committed);
        ok(tick_close(store, &mine, id, TICK_SUCCESS, 0, 0, NULL, &err) == 0,
           "and that to its end");
        store_close(store);
    }
}

static void tests(void)
{
    test_terms();
    test_stealing();
    test_the_ledger();
    test_who_was_stopped_changes_nothing();
    test_lost_answers();
}

int main(void)
{
    return case_main(tests);
}
