/*
 * When calls that have ended are settled.
 */
#include "config.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tap.h"
#include "work/llm.h"

static struct llm_work llm;
static struct work work = {.llm = &llm, .now = 1};
static struct llm_try *tries[LLM_BATCH];

/* So many are under way, and nothing has ended. */
static void setup(size_t calling)
{
    llm = (struct llm_work){.calling = calling};
    for (size_t i = 0; i < LLM_BATCH; i++)
        if (!tries[i])
            tries[i] = xcalloc(1, sizeof(*tries[i]));
}

/* The next ends; how long it waits, at the most. */
static int64_t end(enum llm_class class, int64_t elapsed)
{
    struct llm_try *try = tries[llm.ended_count];
    int64_t before = clock_mono();

    try->work = &work;
    try->class = class;
    try->result.elapsed = elapsed;
    llm_ended(try);
    return llm_settle_due(&work) - before;
}

static bool now(void)
{
    return llm_settle_due(&work) == work.now;
}

static void test_alone(void)
{
    setup(63);
    ok(llm_settle_due(&work) == NEVER, "nothing has ended");
    end(LLM_OK, 60 * USEC_PER_SEC);
    ok(now(), "few are under way: nobody is waited for");
}

static void test_crowd(void)
{
    int64_t wait, due;

    setup(1000);
    wait = end(LLM_OK, 640 * USEC_PER_MSEC);
    ok(wait >= 10 * USEC_PER_MSEC, "a call waits a 64th of its time");
    due = llm_settle_due(&work);
    end(LLM_OK, 60 * USEC_PER_SEC);
    ok(llm_settle_due(&work) == due, "... with those that may wait longer");
    setup(1000);
    end(LLM_OK, 3600 * USEC_PER_SEC);
    ok(llm_settle_due(&work) - clock_mono() <= 50 * USEC_PER_MSEC,
       "... and never for long");
}

static void test_now(void)
{
    setup(1000);
    end(LLM_OK, 60 * USEC_PER_SEC);
    end(LLM_RATE, 60 * USEC_PER_SEC);
    ok(llm_settle_due(&work) <= clock_mono(), "a failure does not wait");
    setup(1000);
    for (size_t i = 0; i < LLM_BATCH - 1; i++)
        end(LLM_OK, 60 * USEC_PER_SEC);
    ok(!now(), "one less than a transaction takes may wait");
    end(LLM_OK, 60 * USEC_PER_SEC);
    ok(now(), "a full transaction does not");
    setup(1000);
    end(LLM_OK, 60 * USEC_PER_SEC);
    llm.stopping = true;
    ok(now(), "nor does anything when attempts are to be ended");
    setup(1000);
    end(LLM_OK, 60 * USEC_PER_SEC);
    work.expired = true;
    ok(now(), "... or the lease is over");
}

int main(void)
{
    test_alone();
    test_crowd();
    test_now();
    for (size_t i = 0; i < LLM_BATCH; i++)
        free(tries[i]);
    return tap_done();
}
