/*
 * A conversation that has to fit: what may go, and what never does.
 */
#include "config.h"

#include "work/talk.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"

static char words[4001];

/* U A U A ... : the first is fixed, the last is the task. */
static struct talk make(int rounds)
{
    struct talk talk = {.system = xstrdup("You are brief.")};
    int i;

    for (i = 0; i < rounds; i++) {
        talk_add(&talk, LLM_USER, words + 2000)->fixed = i == 0;
        talk_add(&talk, LLM_ASSISTANT, words + 2000);
    }
    talk_add(&talk, LLM_USER, "the task")->fixed = true;
    return talk;
}

static void add_tools(struct talk *talk, int calls)
{
    struct note *note = talk_add(talk, LLM_ASSISTANT, NULL);
    int i;

    for (i = 0; i < calls; i++) {
        char *id = xasprintf("c%d", i);

        talk_add_call(note, id, "look", "{}");
        free(id);
    }
    for (i = 0; i < calls; i++)
        talk_add(talk, LLM_TOOL, words)->call_id = xasprintf("c%d", i);
}

/* Every call has its result right behind it, and every result its call. */
static bool paired(const struct talk *talk)
{
    size_t i, j;

    for (i = 0; i < talk->count; i++) {
        const struct note *note = &talk->notes[i];

        for (j = 0; j < note->ncalls; j++)
            if (i + j + 1 >= talk->count ||
                talk->notes[i + j + 1].role != LLM_TOOL ||
                strcmp(talk->notes[i + j + 1].call_id, note->calls[j].id) != 0)
                return false;
        i += note->ncalls;
        if (note->role == LLM_TOOL)
            return false;
    }
    return true;
}

static void test_shape(void)
{
    struct talk talk = make(2);
    struct llm_message *messages = talk_messages(&talk);
    struct buf text = {0};

    ok(talk.count == 5 && messages[4].role == LLM_USER &&
           strcmp(messages[4].text, "the task") == 0,
       "the task comes last");
    talk_system(&talk, &text);
    is(text.data, "You are brief.", "the system text stands alone");
    talk.summary = xstrdup("It was long.");
    buf_reset(&text);
    talk_system(&talk, &text);
    is(text.data,
       "You are brief.\n\nSummary of the conversation so far:\n\nIt was long.",
       "... or with the summary behind it");
    free(messages);
    buf_release(&text);
    talk_release(&talk);
}

static void test_trim(void)
{
    struct talk talk = {0};
    int64_t before, after;
    size_t i;

    talk_add(&talk, LLM_USER, "first")->fixed = true;
    for (i = 0; i < 5; i++)
        add_tools(&talk, 2);
    talk_add(&talk, LLM_ASSISTANT,
             "<think>\nlong thoughts, many\n</think>\n\nx");
    talk_add(&talk, LLM_USER, "the task")->fixed = true;
    before = talk_tokens(&talk);
    ok(talk_trim(&talk, before) == before && strlen(talk.notes[2].text) == 4000,
       "what fits is left as it is");
    after = talk_trim(&talk, before - 1);
    ok(after < before && after == talk_tokens(&talk) &&
           strncmp(talk.notes[2].text,
                   "[tool result, 4000 bytes, sha256:", 33) == 0 &&
           strlen(talk.notes[3].text) == 4000,
       "the oldest result of a tool becomes a line, and no more than needed");
    after = talk_trim(&talk, 0);
    ok(after == talk_tokens(&talk) && strlen(talk.notes[15].text) == 4000 &&
           talk.notes[2].text[0] == '[',
       "results of the last rounds stay");
    is(talk.notes[16].text, "x", "old thoughts go");
    ok(paired(&talk), "no pair is parted");
    talk_release(&talk);
}

static void test_cut(void)
{
    struct talk talk = make(10);
    int64_t all = talk_tokens(&talk);
    size_t from, to;
    bool fits;

    fits = talk_cut(&talk, all, 0, &from, &to);
    ok(fits && from == 1 && to >= 6 && to <= 8 &&
           talk.notes[to].role == LLM_USER,
       "a third of the old ones is taken at first, in whole rounds");
    fits = talk_cut(&talk, all / 2, 100, &from, &to);
    ok(fits && to > 8, "more when that is not enough");
    fits = talk_cut(&talk, 10, 0, &from, &to);
    ok(!fits && from == 1 && to == talk.count - 1,
       "all but the first and the task, when nothing is enough");
    talk_summarise(&talk, from, to, "short");
    ok(talk.count == 2 && strcmp(talk.summary, "short") == 0 &&
           strcmp(talk.notes[1].text, "the task") == 0,
       "a summary takes their place");
    fits = talk_cut(&talk, 10, 0, &from, &to);
    ok(!fits && from == to, "then there is nothing left to take");
    talk_release(&talk);
}

static void test_drop(void)
{
    struct talk talk = make(4);
    size_t from, to;

    talk_cut(&talk, 0, 0, &from, &to);
    talk_drop(&talk, from, to);
    ok(talk.count == 3 &&
           strncmp(talk.notes[1].text, "[7 earlier messages, about ", 27) == 0,
       "what is dropped leaves a mark that is seen");
    talk_drop(&talk, 1, 1);
    ok(talk.count == 3, "dropping nothing changes nothing");
    talk_release(&talk);
}

static void test_mend(void)
{
    struct talk talk = {0};

    talk_add(&talk, LLM_USER, "first");
    add_tools(&talk, 3);
    free(talk.notes[4].call_id);
    free(talk.notes[4].text);
    talk.count = 4; /* the last result never came */
    talk_add(&talk, LLM_USER, "go on");
    ok(talk_mend(&talk) == 1 && talk.count == 6 && talk.notes[2].is_error &&
           strcmp(talk.notes[2].call_id, "c2") == 0,
       "a call without a result gets one");
    ok(talk_mend(&talk) == 0, "... once");
    talk_release(&talk);
}

/* Random conversations, cut anywhere. */
static void test_invariants(void)
{
    unsigned seed = 1;
    int bad = 0;
    int round;

    for (round = 0; round < 2000; round++) {
        struct talk talk = {0};
        int turns = rand_r(&seed) % 12;
        size_t from, to;
        int i;

        talk_add(&talk, LLM_USER, "first")->fixed = true;
        for (i = 0; i < turns; i++) {
            if (rand_r(&seed) % 2)
                talk_add(&talk, LLM_USER, words + rand_r(&seed) % 4000);
            if (rand_r(&seed) % 2)
                add_tools(&talk, 1 + rand_r(&seed) % 3);
            else
                talk_add(&talk, LLM_ASSISTANT, words + rand_r(&seed) % 4000);
        }
        talk_add(&talk, LLM_USER, "the task")->fixed = true;
        talk_trim(&talk, rand_r(&seed) % 3000);
        talk_cut(&talk, rand_r(&seed) % 3000, 0, &from, &to);
        if (rand_r(&seed) % 2)
            talk_drop(&talk, from, to);
        else if (from < to)
            talk_summarise(&talk, from, to, "s");
        bad += !paired(&talk) || strcmp(talk.notes[0].text, "first") != 0 ||
               strcmp(talk.notes[talk.count - 1].text, "the task") != 0;
        talk_release(&talk);
    }
    ok(bad == 0, "the first stays, the task stays, pairs stay (%d of %d not)",
       bad, round);
}

int main(void)
{
    size_t i;

    for (i = 0; i + 1 < sizeof(words); i++)
        words[i] = "to be or "[i % 9];
    test_shape();
    test_trim();
    test_cut();
    test_drop();
    test_mend();
    test_invariants();
    return tap_done();
}
