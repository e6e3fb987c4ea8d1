/*
 * Ticks: their order, their ledger, and that there is one at a time.
 *
 * The dispatchers that die or are stopped are processes of their own.
 */
#include "config.h"

#include "sched/tick.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "sched/tick-private.h"
#include "store-case.h"
#include "store/actions.h"
#include "store/flags.h"
#include "store/upkeep.h"

static struct queue *queue;
static char state_dir[64];
static struct tick_report report;
static const int64_t schedule[] = {5000000, 30000000};
static struct action_config config;
static struct err unreadable;
static char owner[TICK_OWNER_SIZE];

static struct store *begin(void)
{
    struct store *store = case_open();

    snprintf(state_dir, sizeof(state_dir), "%s/state%d%d", case_dir,
             case_number, case_server != NULL);
    queue = queue_open("none", store, false, &err);
    config = (struct action_config){.state_dir = state_dir,
                                    .webhook_timeout = 1000000,
                                    .command_timeout = 1000000};
    tick_owner(owner);
    return store;
}

static void finish(struct store *store)
{
    queue_close(queue);
    store_close(store);
}

static struct tick_options options_of(const char *name)
{
    return (struct tick_options){
        .owner = name,
        .state_dir = state_dir,
        .lease = 30 * USEC_PER_SEC,
        .max_time = 20 * USEC_PER_SEC,
        .max_actions = 3,
        .attempts = 3,
        .spacing = 5 * USEC_PER_SEC,
        .schedule = schedule,
        .schedule_count = LENGTH(schedule),
        .retention = INT64_C(2592000) * USEC_PER_SEC,
        .actions = &config,
    };
}

static int tick_with(struct store *store, const struct tick_options *options)
{
    int ret;

    err_clear(&err);
    ret = sched_tick(store, queue, options, &report, &err);
    if (ret < 0)
        printf("# %d: %s\n", (int)err.code, err.msg);
    return ret;
}

static int tick(struct store *store)
{
    const struct tick_options options = options_of(owner);

    return tick_with(store, &options);
}

static void add(struct store *store, const char *type, const char *key,
                const char *payload)
{
    struct action_new action = {
        .action_type = type, .idempotency_key = key, .payload_json = payload};

    if (store_action_add(store, &action, &err) < 0)
        ok(false, "add: %s", err.msg);
}

#define FILE_PAYLOAD "{\"path\":\"a.txt\",\"content\":\"text\"}"
#define HOOK_PAYLOAD \
    "{\"url\":\"https://localhost:1/\",\"event\":{\"type\":\"t\"}}"

static void flag(struct store *store, enum flag_verb verb)
{
    if (store_flag_set(store, verb, NULL, "ann", "because", &err) < 0)
        ok(false, "flag: %s", err.msg);
}

/* --- a tick --------------------------------------------------------------- */

static void test_a_quiet_tick(void)
{
    struct store *store = begin();

    ok(tick(store) == 1 && report.status == TICK_SUCCESS, "a tick succeeds");
    is(case_text(store, "SELECT status || ' ' || attempted || ' ' || succeeded "
                        "FROM tick_ledger WHERE finished_at >= started_at AND "
                        "notes IS NULL"),
       "SUCCESS 0 0", "its row says so");
    ok(case_num(store, "SELECT count(*) FROM leases WHERE expires_at <= "
                       "aaos_lease_now()") == 1,
       "the lease is released");
    ok(case_num(store, "SELECT count(*) FROM system_metrics WHERE source = "
                       "'tick'") > 15,
       "there is a sample");
    ok(tick(store) == 1 && report.lease.term == 1 &&
           case_num(store, "SELECT count(*) FROM tick_ledger") == 2,
       "the same dispatcher ticks again in the same term");
    ok(case_num(store, "SELECT count(DISTINCT ts) FROM system_metrics") == 1,
       "but takes no second sample so soon");
    finish(store);
}

static void test_what_is_due_is_promoted(void)
{
    struct store *store = begin();

    case_fill(store,
              "{\"task_type\":\"code\",\"description\":\"a task\","
              "\"delay\":3600}",
              2);
    case_run(store, "UPDATE tasks SET run_at = 1 WHERE seq = "
                    "(SELECT min(seq) FROM tasks)");
    ok(tick(store) == 1 && report.repair.promoted == 1 &&
           case_num(store, "SELECT count(*) FROM tasks WHERE status = "
                           "'pending'") == 1,
       "a task that is due is promoted");
    is(case_text(store, "SELECT notes FROM tick_ledger"), "promoted=1",
       "the ledger notes it");
    finish(store);
}

static void test_flags(void)
{
    struct store *store = begin();

    add(store, "file", "k1", FILE_PAYLOAD);
    flag(store, FLAG_PAUSE_IN);
    ok(tick(store) == 1 && report.status == TICK_SUCCESS &&
           report.succeeded == 1,
       "pause --in does not stop ticks");
    add(store, "file", "k2", FILE_PAYLOAD);
    flag(store, FLAG_PAUSE_OUT);
    ok(tick(store) == 1 && report.status == TICK_PAUSED &&
           report.attempted == 0,
       "pause --out does");
    is(case_text(store, "SELECT status FROM tick_ledger ORDER BY id DESC "
                        "LIMIT 1"),
       "PAUSED", "that is recorded");
    flag(store, FLAG_KILL);
    ok(tick(store) == -1 && err.code == ERR_PERM && strstr(err.msg, "because"),
       "kill stops everything: %s", err.msg);
    ok(case_num(store, "SELECT count(*) FROM tick_ledger") == 2,
       "and no tick is made");
    flag(store, FLAG_REVIVE);
    flag(store, FLAG_RESUME);
    ok(tick(store) == 1 && report.succeeded == 1, "then it goes on");
    finish(store);
}

static void test_a_failing_step(void)
{
    struct store *store = begin();

    case_run(store, "ALTER TABLE agents RENAME TO agents_away");
    add(store, "file", "k1", FILE_PAYLOAD);
    ok(tick(store) == 1 && report.status == TICK_PARTIAL,
       "a step that fails makes a partial tick");
    ok(report.succeeded == 1, "the steps behind it are done");
    ok(strstr(report.notes, "reconcile failed:") != NULL,
       "the notes name the step: %s", report.notes);
    is(case_text(store, "SELECT status FROM tick_ledger"), "PARTIAL",
       "the ledger says so");
    finish(store);
}

/* --- actions -------------------------------------------------------------- */

static void test_proof(void)
{
    struct store *store = begin();
    char *path;
    struct stat st;

    add(store, "file", "k1", FILE_PAYLOAD);
    add(store, "webhook", "w1", HOOK_PAYLOAD);
    ok(tick(store) == 1 && report.status == TICK_SUCCESS &&
           report.attempted == 2 && report.succeeded == 2,
       "in proof mode actions complete: %s", report.notes);
    path = xasprintf("%s/%s", state_dir,
                     case_text(store, "SELECT artifact_ref FROM execution_logs "
                                      "WHERE artifact_sha256 IS NOT NULL AND "
                                      "artifact_ref LIKE '%webhook%'"));
    ok(stat(path, &st) == 0 && st.st_size > 0,
       "what would have been sent is written: %s", path);
    free(path);
    ok(case_num(store, "SELECT count(*) FROM execution_logs WHERE "
                       "length(artifact_sha256) = 64") == 2,
       "with a digest");
    finish(store);
}

static void test_at_most_three(void)
{
    struct store *store = begin();
    char key[8];

    for (int i = 0; i < 5; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        add(store, "file", key, FILE_PAYLOAD);
        snprintf(key, sizeof(key), "w%d", i);
        add(store, "webhook", key, HOOK_PAYLOAD);
    }
    ok(tick(store) == 1 && report.attempted == 8,
       "three actions a tick, webhooks beside them");
    ok(case_num(store, "SELECT count(*) FROM actions WHERE status = 'pending' "
                       "AND action_type = 'file'") == 2,
       "the others wait");
    ok(tick(store) == 1 && report.attempted == 2, "for the next tick");
    finish(store);
}

static void test_unconfigured(void)
{
    struct store *store = begin();

    flag(store, FLAG_REAL);
    add(store, "webhook", "w1", HOOK_PAYLOAD);
    ok(tick(store) == 1 && report.status == TICK_FAIL,
       "a tick whose actions all fail has failed");
    is(case_text(store, "SELECT status || ' ' || attempts FROM actions"),
       "dead 1", "an action without configuration is dead at once");
    ok(strncmp(case_text(store, "SELECT last_error FROM actions"),
               "REAL_RUN_UNCONFIGURED", 21) == 0,
       "and says why");
    finish(store);
}

static void test_unreadable_secrets(void)
{
    struct store *store = begin();
    struct tick_options options = options_of(owner);

    err_set(&unreadable, ERR_CONFIG, "cannot read the secret");
    options.actions_error = &unreadable;
    add(store, "webhook", "w1", HOOK_PAYLOAD);
    flag(store, FLAG_REAL);
    ok(tick_with(store, &options) == 1 && report.status == TICK_PARTIAL &&
           strstr(report.notes, "cannot read the secret"),
       "without its secrets the step fails");
    is(case_text(store, "SELECT status || ' ' || attempts FROM actions"),
       "pending 0", "and no action is given up");
    flag(store, FLAG_PROOF);
    ok(tick_with(store, &options) == 1 && report.succeeded == 1,
       "a proof needs no secrets");
    finish(store);
}

/* Nobody listens at port 1. */
static void test_retries(void)
{
    static const char *const secrets[] = {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
    struct store *store = begin();

    config.webhook_secrets = secrets;
    config.webhook_secret_count = 1;
    config.allow_private = true;
    flag(store, FLAG_REAL);
    add(store, "webhook", "w1", HOOK_PAYLOAD);
    ok(tick(store) == 1 && report.attempted == 1 && report.succeeded == 0,
       "a webhook that nobody takes fails");
    ok(case_num(store, "SELECT count(*) FROM actions WHERE status = 'retry' "
                       "AND attempts = 1 AND run_at > aaos_now() + 4000000 AND "
                       "run_at <= aaos_now() + 5000000") == 1,
       "it is tried again after the first time of the schedule");
    ok(tick(store) == 1 && report.attempted == 0, "not before");
    case_run(store, "UPDATE actions SET run_at = 1");
    ok(tick(store) == 1 && report.attempted == 1 &&
           case_num(store, "SELECT count(*) FROM actions WHERE run_at > "
                           "aaos_now() + 29000000") == 1,
       "then after the second");
    case_run(store, "UPDATE actions SET run_at = 1");
    ok(tick(store) == 1 && report.attempted == 1, "then for the last time");
    is(case_text(store, "SELECT status || ' ' || attempts FROM actions"),
       "dead 3", "then it is dead");
    ok(case_num(store, "SELECT count(*) FROM execution_logs") == 3,
       "each try is in the log");
    finish(store);
}

/* --- one at a time -------------------------------------------------------- */

static void test_held_by_another(void)
{
    struct store *store = begin();
    struct lease lease;

    lease_take(store, LEASE_DISPATCHER, "elsewhere/boot/1/x", 30 * USEC_PER_SEC,
               false, &lease, &err);
    ok(tick(store) == 0 &&
           strcmp(report.lease.owner, "elsewhere/boot/1/x") == 0,
       "when another one has the lease nothing is done");
    ok(case_num(store, "SELECT count(*) FROM tick_ledger") == 0,
       "and nothing is written");
    case_run(store, "UPDATE leases SET expires_at = aaos_lease_now() - 1");
    ok(tick(store) == 1 && report.lease.term == 2,
       "when its lease is over it is our turn");
    finish(store);
}

/* A process that takes lock and lease and then is killed. */
static void die_with_the_lease(const char *name)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct store *store = case_again(NULL);
        struct tick_lock lock;
        struct lease lease;

        tick_lock_take(&lock, state_dir, store_uuid(store, &err), name);
        lease_take(store, LEASE_DISPATCHER, name, 30 * USEC_PER_SEC, false,
                   &lease, &err);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
}

static void test_takeover(void)
{
    struct store *store = begin();
    char dead[TICK_OWNER_SIZE];

    die_with_the_lease(tick_owner(dead));
    ok(case_num(store, "SELECT term FROM leases WHERE expires_at > "
                       "aaos_lease_now()") == 1,
       "a dispatcher died with the lease");
    ok(tick(store) == 1 && report.lease.term == 2,
       "the next one takes over at once");
    die_with_the_lease("another-machine/boot/1/x");
    ok(tick(store) == 0, "of another machine a free lock proves nothing here");
    finish(store);
}

/* The lock is held by a process that lost the lease long ago. */
static void test_a_lock_of_somebody_else_proves_nothing(void)
{
    struct store *store = begin();
    struct tick_lock lock;
    struct lease lease;
    char first[TICK_OWNER_SIZE];
    char second[TICK_OWNER_SIZE];

    tick_owner(first);
    tick_owner(second);
    tick_lock_take(&lock, state_dir, store_uuid(store, &err), first);
    ok(lock.fd >= 0, "one has the lock");
    lease_take(store, LEASE_DISPATCHER, second, 30 * USEC_PER_SEC, false,
               &lease, &err);
    tick_lock_own(&lock, first);
    file_close(&lock.fd);
    ok(tick(store) == 0, "the lease of another is respected");
    ok(tick(store) == 0, "however often one looks");
    finish(store);
}

static bool lose_the_lease(void *ctx)
{
    case_run(ctx, "UPDATE leases SET owner = 'rival', term = term + 1");
    return false;
}

static void test_the_lease_is_lost_midway(void)
{
    struct store *store = begin();
    struct tick_options options = options_of(owner);

    options.stopping = lose_the_lease;
    options.ctx = store;
    add(store, "file", "k1", FILE_PAYLOAD);
    ok(tick_with(store, &options) == -1 && err.code == ERR_LOST,
       "whoever lost the lease stops");
    ok(case_num(store, "SELECT count(*) FROM tick_ledger WHERE finished_at IS "
                       "NULL") == 1,
       "and leaves the ledger as it is");
    is(case_text(store, "SELECT status FROM actions"), "pending",
       "and the actions");
    ok(case_num(store, "SELECT count(*) FROM system_metrics") == 0,
       "and the samples");
    is(case_text(store, "SELECT owner FROM leases WHERE expires_at > "
                        "aaos_lease_now()"),
       "rival", "and the lease of its rival");
    finish(store);
}

static void tests(void)
{
    test_a_quiet_tick();
    test_what_is_due_is_promoted();
    test_flags();
    test_a_failing_step();
    test_proof();
    test_at_most_three();
    test_unconfigured();
    test_unreadable_secrets();
    test_retries();
    test_held_by_another();
    test_takeover();
    test_a_lock_of_somebody_else_proves_nothing();
    test_the_lease_is_lost_midway();
}

int main(void)
{
    return case_main(tests);
}
