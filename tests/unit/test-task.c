/*
 * The life cycle, arrow by arrow.  The table below is written from the
 * design, not from task.c: a row a state, a column an event.
 */
#include "config.h"

#include "task/task.h"

#include "tap.h"

/* The letters of the table. */
static const struct {
    char letter;
    enum task_status status;
} letters[] = {
    {'h', TASK_HELD},      {'b', TASK_BLOCKED}, {'s', TASK_SCHEDULED},
    {'p', TASK_PENDING},   {'r', TASK_RUNNING}, {'t', TASK_RETRY},
    {'C', TASK_COMPLETED}, {'D', TASK_DEAD},    {'X', TASK_CANCELLED},
};

static const char *const event_names[TASK_EVENT_COUNT] = {
    [TASK_EV_SATISFIED] = "satisfied",
    [TASK_EV_UPSTREAM] = "upstream",
    [TASK_EV_DUE] = "due",
    [TASK_EV_CLAIM] = "claim",
    [TASK_EV_COMPLETE] = "complete",
    [TASK_EV_FAIL] = "fail",
    [TASK_EV_HAND_BACK] = "hand back",
    [TASK_EV_NOT_NOW] = "not now",
    [TASK_EV_LOSE] = "lose",
    [TASK_EV_HOLD] = "hold",
    [TASK_EV_RELEASE] = "release",
    [TASK_EV_EXPIRE] = "expire",
    [TASK_EV_CANCEL] = "cancel",
    [TASK_EV_REQUEUE] = "requeue",
};

struct variant {
    const char *name;
    struct task_facts facts;
    /*
     * A line a state in the order of the enum; a letter an event, in the
     * order of the enum: satisfied upstream due claim complete fail
     * hand-back not-now lose hold release expire cancel requeue.
     */
    const char *table[TASK_STATUS_COUNT];
};

#define LIVES .max_attempts = 3, .max_losses = 3
#define FINAL_PENDING ".............p"
#define FINAL_BLOCKED ".............b"

static const struct variant variants[] = {
    {"plain",
     {LIVES},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....Ctpst.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"run_at in the future",
     {LIVES, .scheduled = true},
     {"..........s.X.", "sX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....Ctpst.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"an open dependency",
     {LIVES, .blocked = true},
     {"..........b.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....Ctpst.....", "..p......h.XX.", FINAL_BLOCKED, FINAL_BLOCKED,
      FINAL_BLOCKED}},
    {"blocked and in the future",
     {LIVES, .blocked = true, .scheduled = true},
     {"..........b.X.", "sX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....Ctpst.....", "..p......h.XX.", FINAL_BLOCKED, FINAL_BLOCKED,
      FINAL_BLOCKED}},
    {"cancel requested",
     {LIVES, .cancel_requested = true, .permanent = true, .failures = 2,
      .losses = 2},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....CXXXX.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"a permanent failure",
     {LIVES, .permanent = true},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....CDpst.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"the failure before the last",
     {LIVES, .failures = 1, .losses = 2},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....CtpsD.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"the last failure",
     {LIVES, .failures = 2, .losses = 1},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....CDpst.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
    {"only one attempt",
     {.max_attempts = 1, .max_losses = 1},
     {"..........p.X.", "pX.......h.XX.", "..p......h.XX.", "...r.....h.XX.",
      "....CDpsD.....", "..p......h.XX.", FINAL_PENDING, FINAL_PENDING,
      FINAL_PENDING}},
};

static char letter_of(enum task_status status)
{
    for (size_t i = 0; i < LENGTH(letters); i++)
        if (letters[i].status == status)
            return letters[i].letter;
    return '?';
}

static void test_every_pair(const struct variant *variant)
{
    for (int from = 0; from < TASK_STATUS_COUNT; from++)
        for (int event = 0; event < TASK_EVENT_COUNT; event++) {
            char want = variant->table[from][event];
            enum task_status to = (enum task_status)99;
            bool may = task_next((enum task_status)from, (enum task_event)event,
                                 &variant->facts, &to);
            char got = '.';

            if (may)
                got = letter_of(to);
            ok(got == want && (may || to == (enum task_status)99),
               "%s: %s, %s: '%c' (got '%c')", variant->name,
               task_status_name((enum task_status)from), event_names[event],
               want, got);
        }
}

static void test_names(void)
{
    enum task_status status = TASK_HELD;
    int finals = 0;

    for (int i = 0; i < TASK_STATUS_COUNT; i++) {
        ok(task_status_parse(task_status_name((enum task_status)i), &status) &&
               status == (enum task_status)i,
           "the name of state %d is read back", i);
        finals += task_final((enum task_status)i);
    }
    is(task_status_name(TASK_PENDING), "pending", "pending has its name");
    ok(!task_status_parse("Pending", &status), "names are lower case");
    ok(!task_status_parse("", &status), "nothing is no state");
    ok(finals == 3 && task_final(TASK_COMPLETED) && task_final(TASK_DEAD) &&
           task_final(TASK_CANCELLED),
       "three states are final");
    is(task_outcome_name(OUTCOME_COMPLETED), "completed", "first outcome");
    is(task_outcome_name(OUTCOME_TIMED_OUT), "timed_out", "an outcome between");
    is(task_outcome_name(OUTCOME_HANDED_BACK), "handed_back", "last outcome");
}

static void test_back_off(void)
{
    const int64_t s = 1000000;

    ok(task_backoff(15 * s, 3600 * s, 1, 0, 0) == 15 * s, "the first is base");
    ok(task_backoff(15 * s, 3600 * s, 2, 0, 0) == 30 * s, "the second twice");
    ok(task_backoff(15 * s, 3600 * s, 8, 0, 0) == 1920 * s, "below the cap");
    ok(task_backoff(15 * s, 3600 * s, 9, 0, 0) == 3600 * s, "up to the cap");
    ok(task_backoff(15 * s, 3600 * s, 1000000, 0, 0) == 3600 * s,
       "and never beyond it");
    ok(task_backoff(15 * s, 3600 * s, 0, 0, 0) == 15 * s, "zero is like one");
    ok(task_backoff(15 * s, 10 * s, 1, 0, 0) == 10 * s, "a base above the cap");
    ok(task_backoff(INT64_MAX / 4, INT64_MAX / 2, 50, 0, 0) == INT64_MAX / 2,
       "doubling does not overflow");
    ok(task_backoff(0, 3600 * s, 2000000000, 0, 0) == 0, "no base, no wait");
    ok(task_backoff(15 * s, 3600 * s, 1, 7200 * s, 0) == 7200 * s,
       "retry_after wins over the cap if it is longer");
    ok(task_backoff(15 * s, 3600 * s, 3, 20 * s, 0) == 60 * s,
       "a shorter retry_after changes nothing");
    ok(task_backoff(16 * s, 3600 * s, 1, 0, 0.5) == 18 * s,
       "jitter adds up to a quarter");
    ok(task_backoff(16 * s, 3600 * s, 1, 100 * s, 0.5) > 100 * s,
       "also to retry_after");
}

static void test_order(void)
{
    ok(task_sort_at(1000, 0, 0, 300) == 1000, "born now");
    ok(task_sort_at(1000, 5000, 0, 300) == 5000, "born when due");
    ok(task_sort_at(1000, 500, 0, 300) == 1000, "a run_at in the past");
    ok(task_sort_at(1000, 0, 10, 300) == -2000, "priority is a head start");
    ok(task_sort_at(1, 0, 10, INT64_C(300000000)) == INT64_C(-2999999999),
       "in 64 bits");
}

int main(void)
{
    for (size_t i = 0; i < LENGTH(variants); i++)
        test_every_pair(&variants[i]);
    test_names();
    test_back_off();
    test_order();
    return tap_done();
}
