/*
 * How much an agent takes, and the rows about it.
 */
#include "config.h"

#include "work/mind.h"

#include "core/clock.h"
#include "store-case.h"
#include "store/minds.h"

#define SEC USEC_PER_SEC

static void note(struct mind *mind, enum mind_news news, int times, int64_t now)
{
    while (times-- > 0)
        mind_note(mind, news, SEC / 10, true, now);
}

static void test_limit(void)
{
    struct mind mind;

    mind_open(&mind, 100, 0);
    ok(mind.limit == 100, "it starts with all that it may take");
    note(&mind, MIND_GOOD, 1000, 0);
    ok(mind.limit == 100 && !mind.changed, "it takes no more than that");
    note(&mind, MIND_BAD, 1, SEC);
    ok(mind.limit == 50 && mind.changed, "a failure halves it");
    note(&mind, MIND_BAD, 49, SEC + SEC / 2);
    ok(mind.limit == 50, "... once for all that were under way");
    note(&mind, MIND_BAD, 1, 3 * SEC);
    ok(mind.limit == 25, "... and again when they go on");
    note(&mind, MIND_GOOD, 24, 4 * SEC);
    ok(mind.limit == 25, "a few successes prove nothing");
    note(&mind, MIND_GOOD, 1, 4 * SEC);
    ok(mind.limit == 27, "as many as it takes let it grow a little");
    note(&mind, MIND_NEUTRAL, 100, 4 * SEC);
    ok(mind.limit == 27, "what says nothing changes nothing");
    for (int i = 0; i < 20; i++)
        note(&mind, MIND_BAD, 1, (10 + 2 * i) * SEC);
    ok(mind.limit == 1, "one is always left");
    ok(mind.failing > 0.8 && mind.failing < 1.0 && mind.latency == SEC / 10,
       "what it felt is known");
}

static void test_fixed(void)
{
    struct mind mind;

    mind_open(&mind, 8, 0);
    for (int i = 0; i < 20; i++)
        mind_note(&mind, MIND_BAD, SEC, false, i * 2 * SEC);
    ok(mind.limit == 8 && mind.failing > 0.8,
       "a command's failures are its own: nothing is shared");
}

static void test_due(void)
{
    struct mind mind;

    mind_open(&mind, 8, 0);
    ok(mind_due(&mind) == 60 * SEC, "a row a minute");
    note(&mind, MIND_BAD, 1, 10 * SEC);
    ok(mind_due(&mind) == 11 * SEC, "a change is told soon");
    note(&mind, MIND_BAD, 1, 10 * SEC + 9 * SEC / 10);
    ok(mind_due(&mind) == 11 * SEC, "... and not put off by further ones");
}

static void test_row(void)
{
    struct store *store = case_open();
    const struct mind_row row = {.agent_id = "A",
                                 .activity = "working",
                                 .error_rate = 0.25,
                                 .latency = 7,
                                 .tokens = 9,
                                 .claim_limit = 3,
                                 .state = "{}"};

    ok(store_mind(store, &row, &err) == 0 &&
           case_num(store, "SELECT count(*) FROM consciousness_snapshots "
                           "WHERE agent_id = 'A' AND activity = 'working' "
                           "AND error_rate = 0.25 AND latency = 7 AND "
                           "tokens = 9 AND claim_limit = 3 AND state = '{}' "
                           "AND ts > 0") == 1,
       "a row holds what an agent does");
    store_close(store);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_limit();
    test_fixed();
    test_due();
    return case_main(test_row);
}
