/*
 * The operator's switches: what they do, and what they leave in the audit.
 */
#include "config.h"

#include "store/flags.h"

#include "store-case.h"
#include "store/audit.h"

static const char *const plain = "{\"task_type\":\"code\",\"description\":"
                                 "\"a task\"}";
static const char *const other = "{\"task_type\":\"qa\",\"description\":"
                                 "\"a task\"}";

static int set(struct store *store, enum flag_verb verb, const char *type)
{
    err_clear(&err);
    return store_flag_set(store, verb, type, "ann@host", "because", &err);
}

static int64_t claimed(struct store *store, const char *const *types)
{
    struct claim_list list = case_claim(store, types, 100);
    int64_t count = (int64_t)list.count;

    claim_list_release(&list);
    return count;
}

/* 0 or the class of the failure. */
static int submitted(struct store *store)
{
    struct items list = items_of(LINES(plain));
    int ret;

    err_clear(&err);
    ret = store_submit(store, list.items, list.count, false, &err);
    items_release(&list);
    return ret < 0 ? (int)err.code : 0;
}

static void test_the_beginning(void)
{
    struct store *store = case_open();
    struct flags flags = {0};

    ok(store_flags(store, &flags, &err) == 0 && !flags.paused_in &&
           !flags.paused_out && !flags.killed && !flags.paused_types,
       "at first nothing is paused");
    ok(flags.proof_mode, "at first nothing is sent");
    flags_release(&flags);
    store_close(store);
}

static void test_a_change_is_audited(void)
{
    struct store *store = case_open();
    struct flags flags = {0};
    int64_t bad = 0;

    ok(set(store, FLAG_PAUSE_IN, NULL) == 1, "a switch is turned");
    ok(set(store, FLAG_PAUSE_IN, NULL) == 0, "it is turned once");
    ok(case_num(store, "SELECT count(*) FROM audit_logs") == 1,
       "only what changed something is audited");
    is(case_text(store, "SELECT verb || ' ' || actor || ' ' || reason || ' ' "
                        "|| count FROM audit_logs"),
       "pause_in ann@host because 1", "with who, why and what");
    ok(store_flags(store, &flags, &err) == 0 && flags.paused_in &&
           strcmp(flags.updated_by, "ann@host") == 0 &&
           strcmp(flags.reason, "because") == 0 && flags.updated_at > 0,
       "the flags say it too");
    flags_release(&flags);
    ok(set(store, FLAG_PAUSE_TYPE, "code") == 1, "a type is paused");
    is(case_text(store, "SELECT detail FROM audit_logs WHERE seq = 2"),
       "{\"type\":\"code\"}", "the audit names the type");
    ok(audit_check(store, &bad, &err) == 1, "the chain holds");
    store_close(store);
}

static void test_paused_in(void)
{
    struct store *store = case_open();

    ok(submitted(store) == 0, "an open queue takes tasks");
    set(store, FLAG_PAUSE_IN, NULL);
    ok(submitted(store) == ERR_PERM, "a paused one refuses: %s", err.msg);
    ok(case_num(store, "SELECT count(*) FROM tasks") == 1, "and stores none");
    ok(store_submit_begin(store, &err) == 0, "a long submission begins");
    {
        struct items list = items_of(LINES(plain));

        ok(store_submit_add(store, list.items, 1, &err) < 0 &&
               err.code == ERR_PERM,
           "and is refused as well");
        items_release(&list);
    }
    store_submit_abort(store);
    ok(claimed(store, NULL) == 1, "what is there is worked on");
    ok(set(store, FLAG_RESUME, NULL) == 1 && submitted(store) == 0,
       "after resume it takes tasks again");
    store_close(store);
}

static void test_paused_out(void)
{
    struct store *store = case_open();

    case_fill(store, plain, 2);
    set(store, FLAG_PAUSE_OUT, NULL);
    ok(submitted(store) == 0, "tasks are still taken");
    ok(claimed(store, NULL) == 0 && claimed(store, LINES("code")) == 0,
       "nothing is claimed");
    set(store, FLAG_RESUME, NULL);
    ok(claimed(store, NULL) == 3, "after resume everything is");
    ok(set(store, FLAG_PAUSE, NULL) == 1 && submitted(store) == ERR_PERM,
       "pause without a direction means both: in");
    ok(claimed(store, NULL) == 0, "and out");
    store_close(store);
}

static void test_a_paused_type(void)
{
    struct store *store = case_open();
    int64_t seqs[3];
    struct claim_request request = {
        .agent_id = "A", .seq_count = 3, .max = 9, .lease = 1000000};
    struct claim_list list = {0};

    case_fill(store, plain, 3);
    case_fill(store, other, 2);
    set(store, FLAG_PAUSE_TYPE, "code");
    set(store, FLAG_PAUSE_TYPE, "trading");
    for (int i = 0; i < 3; i++)
        seqs[i] = case_num(store, "SELECT min(seq) FROM tasks") + i;
    request.seqs = seqs;
    ok(store_cycle(store, NULL, 0, &request, &list, &err) == 0 &&
           list.count == 0,
       "candidates of a paused type are not claimed");
    ok(claimed(store, LINES("code")) == 0, "nor when asked for");
    ok(claimed(store, LINES("code", "qa")) == 2, "the others are");
    case_fill(store, other, 1);
    ok(claimed(store, NULL) == 1, "even by those who take all types");
    ok(submitted(store) == 0, "a paused type is still taken in");
    ok(set(store, FLAG_RESUME, "trading") == 1 && claimed(store, NULL) == 0,
       "one type is resumed, the other stays");
    ok(set(store, FLAG_RESUME, "code") == 1 && claimed(store, NULL) == 4,
       "the last one ends it");
    ok(set(store, FLAG_RESUME, "code") == 0, "there is nothing more to resume");
    ok(case_num(store, "SELECT count(*) FROM control_flags WHERE "
                       "paused_types IS NULL") == 1,
       "an empty list is none");
    claim_list_release(&list);
    store_close(store);
}

static void test_killed(void)
{
    struct store *store = case_open();
    struct heartbeat beat = {
        .agent_id = "A", .status = "active", .lease = 1000000};

    case_fill(store, plain, 1);
    ok(store_heartbeat(store, &beat, &err) == 0 && !beat.killed &&
           !beat.paused_out,
       "a heartbeat hears that all is well");
    free(beat.held);
    set(store, FLAG_KILL, NULL);
    ok(submitted(store) == ERR_PERM && claimed(store, NULL) == 0,
       "a killed queue neither takes nor gives");
    set(store, FLAG_PAUSE_OUT, NULL);
    ok(store_heartbeat(store, &beat, &err) == 0 && beat.killed &&
           beat.paused_out,
       "a heartbeat hears of it");
    free(beat.held);
    ok(set(store, FLAG_RESUME, NULL) == 1 && submitted(store) == ERR_PERM,
       "resume does not revive");
    ok(set(store, FLAG_REVIVE, NULL) == 1 && submitted(store) == 0 &&
           claimed(store, NULL) == 2,
       "revive does");
    store_close(store);
}

static void test_proof(void)
{
    struct store *store = case_open();

    ok(set(store, FLAG_PROOF, NULL) == 0, "proof is on already");
    ok(set(store, FLAG_REAL, NULL) == 1 &&
           case_num(store, "SELECT proof_mode FROM control_flags") == 0,
       "real turns it off");
    ok(set(store, FLAG_PROOF, NULL) == 1 &&
           case_num(store, "SELECT proof_mode FROM control_flags") == 1,
       "proof turns it on");
    store_close(store);
}

static void test_a_lost_answer(void)
{
    for (int committed = 0; committed < 2; committed++) {
        struct store *store = case_open();

        case_lose_answer(store, committed);
        ok(set(store, FLAG_KILL, NULL) == 1 &&
               case_num(store, "SELECT killed FROM control_flags") == 1,
           "a lost answer to a %s change is settled",
           committed ? "stored" : "failed");
        ok(case_num(store, "SELECT count(*) FROM audit_logs") == 1,
           "and it is audited once");
        store_close(store);
    }
}

static void tests(void)
{
    test_the_beginning();
    test_a_change_is_audited();
    test_paused_in();
    test_paused_out();
    test_a_paused_type();
    test_killed();
    test_proof();
    test_a_lost_answer();
}

int main(void)
{
    return case_main(tests);
}
