/*
 * The promises of sessions.h: what tasks of one session have in common.
 */
#include "config.h"

#include "store/sessions.h"

#include "store-case.h"

#define TASK \
    "{\"task_type\":\"qa\",\"description\":\"look\",\"session_id\":\"s\"}"

static char hello[] = "{\"text\":\"hello\"}";
static char hi[] = "{\"text\":\"hi\"}";
static char name[] = "s";
static struct session_note notes[] = {
    {.role = "user", .content = hello, .tokens = 3},
    {.role = "assistant", .content = hi, .tokens = 2},
};
static const struct session_turn turn = {
    .session_id = name, .notes = notes, .count = 2};

/* One task of the session, completed or not. */
static void say(struct store *store, enum task_outcome outcome)
{
    struct claim_list list = case_claim(store, NULL, 1);
    struct finish how;

    if (list.count != 1)
        xdie("nothing to claim");
    how = case_end(&list.items[0], outcome);
    how.turn = &turn;
    if (store_cycle(store, &how, 1, NULL, NULL, &err) < 0)
        ok(false, "finish: %s", err.msg);
    claim_list_release(&list);
}

static size_t messages(struct store *store, int64_t after, struct db_rows *rows)
{
    if (store_session(store, "s", after, rows, &err) < 0)
        ok(false, "session: %s", err.msg);
    return rows->count;
}

static void test_turns(void)
{
    struct store *store = case_open();
    struct db_rows rows = {0};
    char hash[HASH_TEXT_SIZE];

    case_fill(store, TASK, 3);
    ok(messages(store, 0, &rows) == 0, "a session that nobody used is empty");
    db_rows_release(&rows);
    say(store, OUTCOME_FAILED);
    ok(messages(store, 0, &rows) == 0, "a task that failed adds nothing");
    db_rows_release(&rows);
    say(store, OUTCOME_COMPLETED);
    say(store, OUTCOME_COMPLETED);
    ok(messages(store, 0, &rows) == 4, "each that was completed adds its turn");
    is(db_text(&rows, 0, SN_HASH),
       session_hash(NULL, "user", "{\"text\":\"hello\"}", hash),
       "a message is named after what it says");
    is(db_text(&rows, 2, SN_CONTENT), "{\"text\":\"hello\"}", "in order");
    is(db_text(&rows, 2, SN_HASH),
       session_hash(db_text(&rows, 1, SN_HASH), "user", "{\"text\":\"hello\"}",
                    hash),
       "... and after all that went before it");
    ok(db_num(&rows, 3, SN_DEPTH) == 4 && db_num(&rows, 3, SN_TOKENS) == 2,
       "with its place and its length");
    db_rows_release(&rows);
    store_close(store);
}

static void test_twice(void)
{
    struct store *store = case_open();
    struct db_rows rows = {0};

    case_fill(store, TASK, 1);
    say(store, OUTCOME_COMPLETED);
    case_run(store, "UPDATE tasks SET status = 'pending', finished_at = NULL");
    say(store, OUTCOME_COMPLETED);
    ok(messages(store, 0, &rows) == 2,
       "a task that runs again says nothing twice");
    db_rows_release(&rows);
    store_close(store);
}

static void test_summaries(void)
{
    struct store *store = case_open();
    struct session_summary summary = {0};
    struct db_rows rows = {0};

    case_fill(store, TASK, 3);
    ok(store_session_summary(store, "s", &summary, &err) == 0,
       "at first nothing is summarised");
    say(store, OUTCOME_COMPLETED);
    say(store, OUTCOME_COMPLETED);
    say(store, OUTCOME_COMPLETED);
    messages(store, 0, &rows);
    ok(store_session_summarised(store, "s", db_text(&rows, 1, SN_HASH), "old",
                                1, "m", "p", &err) == 0 &&
           store_session_summarised(store, "s", db_text(&rows, 3, SN_HASH),
                                    "both", 5, "m", "p", &err) == 0 &&
           store_session_summarised(store, "s", db_text(&rows, 3, SN_HASH),
                                    "again", 5, "m", "p", &err) == 0,
       "a summary is kept, once for a message");
    db_rows_release(&rows);
    ok(store_session_summary(store, "s", &summary, &err) == 1 &&
           summary.depth == 4 && summary.tokens == 5 &&
           strcmp(summary.content, "both") == 0,
       "the one that stands for the most counts");
    ok(messages(store, summary.depth, &rows) == 3 &&
           db_num(&rows, 0, SN_DEPTH) == 1 && db_num(&rows, 1, SN_DEPTH) == 5,
       "the rest comes behind the very first message");
    db_rows_release(&rows);
    ok(case_num(store, "SELECT count(*) FROM llm_messages") == 6,
       "nothing was taken away");
    free(summary.content);
    store_close(store);
}

static void tests(void)
{
    test_turns();
    test_twice();
    test_summaries();
}

int main(void)
{
    return case_main(tests);
}
