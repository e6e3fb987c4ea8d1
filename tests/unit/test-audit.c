/*
 * The promises of audit.h, kept by both engines.
 */
#include "config.h"

#include "store/audit.h"

#include "core/hash.h"
#include "sql-case.h"
#include "store/control.h"

static const struct control_order plain = {.actor = "ann@host",
                                           .reason = "because"};

/* One verb on one task. */
static struct control_item order(enum control_verb verb, int64_t seq)
{
    struct control_order given = plain;
    struct control_item item = {.seq = seq};

    given.verb = verb;
    err_clear(&err);
    if (store_control(store, &given, &item, 1, &err) < 0)
        give_up("store_control");
    return item;
}

static void test_the_audit_names_the_tasks(void)
{
    struct control_order verb = plain;
    struct control_item items[3] = {{.seq = 2}, {.seq = 1}, {.seq = 3}};
    char *ids;
    char digest[HASH_TEXT_SIZE];

    clear();
    put_task(1, "code", "pending");
    put_task(2, "code", "pending");
    put_task(3, "code", "dead");
    store_control(store, &verb, items, 3, &err);
    ids = xasprintf("%s\n%s\n", id_of(2), id_of(1));
    hash_text(ids, strlen(ids), digest);
    is(look("SELECT verb || ' ' || count || ' ' || actor || ' ' || reason"
            " FROM audit_logs"),
       "cancel 2 ann@host because", "verb, count, actor and reason");
    is(look("SELECT ids_sha256 FROM audit_logs"), digest,
       "and the digest of the ids that were changed");
    free(ids);
}

/* The first row that audit_check() finds wrong; 0: none. */
static int64_t first_bad(void)
{
    int64_t bad = 0;
    int ret = audit_check(store, &bad, &err);

    if (ret < 0)
        give_up("audit_check");
    return ret ? 0 : bad;
}

static void put_chain(void)
{
    clear();
    for (int64_t seq = 1; seq <= 5; seq++) {
        put_task(seq, "code", "pending");
        order(CONTROL_HOLD, seq);
    }
}

static void test_the_chain_is_what_the_header_says(void)
{
    const char *zeros =
        "0000000000000000000000000000000000000000000000000000000000000000";
    char digest[HASH_TEXT_SIZE];
    const char *ts;
    char *text;

    clear();
    put_task(1, "code", "pending");
    order(CONTROL_HOLD, 1);
    ts = look("SELECT ts FROM audit_logs");
    text =
        xasprintf("64:%s1:1%zu:%s8:ann@host4:hold1:164:%s7:because-:-:", zeros,
                  strlen(ts), ts, look("SELECT ids_sha256 FROM audit_logs"));
    hash_text(text, strlen(text), digest);
    is(look("SELECT hash FROM audit_logs"), digest,
       "anybody can compute the hash of a row");
    is(look("SELECT value FROM meta WHERE key = 'audit_hash'"), digest,
       "and the head is its copy");
    free(text);
}

static void test_the_chain_finds_what_was_altered(void)
{
    static const struct {
        const char *what, *change;
        int64_t bad;
    } changes[] = {
        {"another reason", "UPDATE audit_logs SET reason = 'x' WHERE seq = 2",
         2},
        {"no reason", "UPDATE audit_logs SET reason = NULL WHERE seq = 3", 3},
        {"another count", "UPDATE audit_logs SET count = 2 WHERE seq = 4", 4},
        {"another time", "UPDATE audit_logs SET ts = ts + 1 WHERE seq = 1", 1},
        {"text moved between fields",
         "UPDATE audit_logs SET actor = 'ann@hos', verb = 'thold'"
         " WHERE seq = 5",
         5},
        {"a row taken out", "DELETE FROM audit_logs WHERE seq = 3", 3},
        {"the last row taken out", "DELETE FROM audit_logs WHERE seq = 5", 5},
        {"the head set back",
         "UPDATE meta SET value = '4' WHERE key = 'audit_seq'", 5},
        {"a row put in",
         "INSERT INTO audit_logs SELECT 6, ts, actor, verb, count, ids_sha256,"
         " reason, detail, correlation_id, hash, hash FROM audit_logs"
         " WHERE seq = 5",
         6},
    };

    for (size_t i = 0; i < LENGTH(changes); i++) {
        put_chain();
        if (i == 0)
            ok(first_bad() == 0, "an honest chain holds");
        sql("%s", changes[i].change);
        ok(first_bad() == changes[i].bad, "%s is found in row %" PRId64,
           changes[i].what, changes[i].bad);
    }
}

static void test_an_empty_audit_is_whole(void)
{
    clear();
    ok(first_bad() == 0, "no rows, no fault");
}

static void test_strange_words_are_kept_readable(void)
{
    struct control_order odd = plain;
    struct control_item item = {.seq = 1};

    clear();
    put_task(1, "code", "pending");
    odd.reason = "\xff\033[31m 'quoted'; --";
    ok(store_control(store, &odd, &item, 1, &err) == 0,
       "any bytes can be given");
    is(look("SELECT reason FROM audit_logs"), "\\xff\\x1b[31m 'quoted'; --",
       "and are stored as text");
    ok(first_bad() == 0, "the chain holds");
}

static void cases(void)
{
    test_the_audit_names_the_tasks();
    test_the_chain_is_what_the_header_says();
    test_the_chain_finds_what_was_altered();
    test_an_empty_audit_is_whole();
    test_strange_words_are_kept_readable();
}

int main(void)
{
    char *actor = audit_actor();

    ok(strchr(actor, '@') != NULL, "the actor is user@host: %s", actor);
    free(actor);
    run_on_engines(cases);
    return tap_done();
}
