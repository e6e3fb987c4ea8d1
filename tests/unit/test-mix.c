/*
 * The promises of load/mix.h, load/draw.h and task/simulation.h.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "core/mem.h"
#include "load/draw.h"
#include "load/mix.h"
#include "tap.h"
#include "task/simulation.h"

enum { MANY = 20000 };

static struct err err;
static struct mix mix;

static bool parse(const char *text)
{
    err_clear(&err);
    return mix_parse(text, &mix, &err) == 0;
}

static bool about(double got, double wanted, double most)
{
    return fabs(got - wanted) <= most;
}

/* --- mixes ---------------------------------------------------------------- */

static void good_mixes(void)
{
    ok(parse("research") && mix.count == 1 &&
           strcmp(mix.classes[0].type, "research") == 0 &&
           mix.classes[0].priority.low == 5 && mix.classes[0].size.low == 150,
       "a type alone is a mix");
    ok(parse("a=3:priority=1-9:size=1k-2k:result=10:run=0.5-2:fail=5%:"
             "dead=0.01:after=20%:attempts=7,b"),
       "a class has many keys");
    ok(mix.weight == 4 && mix.classes[0].size.high == 2048 &&
           mix.classes[0].run.low == 500000 &&
           mix.classes[0].run.high == 2000000 && mix.classes[0].attempts == 7 &&
           mix.classes[1].weight == 1,
       "and they are what they say");
    ok(about(mix.classes[0].fail, 0.05, 1e-9) &&
           about(mix.classes[0].dead, 0.01, 1e-9),
       "a share is a percentage or a fraction");
    ok(parse("a:run=~2m") && mix.classes[0].run.exponential &&
           mix.classes[0].run.low == 120000000,
       "~ is a mean");
}

static void bad_mixes(void)
{
    static const char *const texts[] = {
        "",
        ",",
        "a,",
        "a b",
        "a=0",
        "a=-1",
        "a=x",
        "a=1e999",
        "a=nan",
        "a:",
        "a:b",
        "a:=1",
        "a:priority=11",
        "a:priority=-1",
        "a:priority=9-1",
        "a:priority=1-",
        "a:priority=~3",
        "a:size=2m",
        "a:size=-1",
        "a:run=-1",
        "a:run=2d",
        "a:run=~",
        "a:fail=101%",
        "a:fail=-1%",
        "a:fail=5%%",
        "a:fail=inf",
        "a:attempts=0",
        "a:attempts=1001",
        "a:colour=red",
        "a:fail",
        "\xff",
        "a\n",
    };
    struct buf many = {0};

    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct buf shown = {0};

        buf_printable(&shown, texts[i], strlen(texts[i]));
        ok(!parse(texts[i]) && err.code == ERR_USAGE &&
               strncmp(err.msg, "mix: ", 5) == 0,
           "'%s' is no mix", shown.data ? shown.data : "");
        buf_release(&shown);
    }
    for (int i = 0; i <= MIX_CLASSES_MAX; i++)
        buf_str(&many, i ? ",a" : "a");
    ok(!parse(many.data), "a mix has an end");
    buf_release(&many);
    ok(!parse("a:priorty=1") && strstr(err.hint, "priority"),
       "the nearest key is offered");
}

/* --- tasks ---------------------------------------------------------------- */

static bool same_task(const struct mix_task *a, const struct mix_task *b)
{
    return a->class == b->class && a->priority == b->priority &&
           a->size == b->size && a->result == b->result && a->run == b->run &&
           a->fail == b->fail && a->dead == b->dead && a->back == b->back;
}

static void same_seed(void)
{
    struct mix_task first, again, other;
    int differ = 0;
    bool same = true;

    parse("a=3:priority=0-10:size=0-9k:run=~1:fail=30%:after=50%,b");
    for (int64_t n = 0; n < 100; n++) {
        mix_draw(&mix, 42, n, 3, &first);
        mix_draw(&mix, 42, n, 3, &again);
        mix_draw(&mix, 43, n, 3, &other);
        same = same && same_task(&first, &again);
        differ += !same_task(&first, &other);
    }
    ok(same, "the same seed gives the same tasks");
    ok(differ > 50, "another seed gives others");
}

static void shares(void)
{
    int64_t of_a = 0, failing = 0, hopeless = 0, chained = 0, run = 0;

    parse("a=3:run=~0.02:fail=20%:after=25%:attempts=3,b");
    for (int64_t n = 0; n < MANY; n++) {
        struct mix_task task;

        mix_draw(&mix, 1, n, 9, &task);
        if (task.class == 1)
            continue;
        of_a++;
        failing += task.fail > 0;
        hopeless += task.fail >= task.max_attempts;
        chained += task.back > 0;
        run += task.run;
    }
    ok(about((double)of_a / MANY, 0.75, 0.02), "weights are shares");
    ok(about((double)failing / (double)of_a, 0.2, 0.02),
       "the first attempt fails as often as it should");
    ok(about((double)hopeless / (double)of_a, 0.008, 0.004),
       "and all three as rarely as that");
    ok(about((double)chained / (double)of_a, 0.25, 0.02),
       "as many wait for others as should");
    ok(about((double)run / (double)of_a, 20000, 600),
       "the mean of a running time is what it should be");
}

static void arrival_times(void)
{
    struct arrivals poisson = arrivals_start(9, 1000, false);
    struct arrivals constant = arrivals_start(9, 8, true);
    int64_t last = 0;
    bool ordered = true;

    for (int i = 0; i < MANY; i++) {
        int64_t at = arrivals_next(&poisson);

        ordered = ordered && at >= last;
        last = at;
    }
    ok(ordered, "arrivals are in order");
    ok(about((double)last / MANY, 1000, 25), "and have the rate");
    for (int i = 0; i < 1000; i++)
        ordered = ordered && arrivals_next(&constant) == i * INT64_C(125000);
    ok(ordered, "constant ones are evenly spaced");
}

/* --- simulations ---------------------------------------------------------- */

static void payloads(void)
{
    const struct simulation wanted = {17,  1764082800000000, 20000, 2, 100,
                                      true};
    struct simulation got;
    struct buf text = {0};
    bool exact = true;

    simulation_put(&wanted, 0, &text);
    ok(simulation_parse(text.data, text.len, &got, &err) == 0 &&
           got.number == 17 && got.due == wanted.due && got.run == 20000 &&
           got.fail == 2 && got.result == 100 && got.permanent,
       "a payload comes back");
    for (int64_t size = 200; size < 240; size++) {
        buf_reset(&text);
        simulation_put(&wanted, size, &text);
        exact = exact && (int64_t)text.len == size &&
                simulation_parse(text.data, text.len, &got, &err) == 0;
    }
    ok(exact, "it is as long as it was wanted");
    buf_release(&text);
}

static void results(void)
{
    struct buf text = {0};
    int64_t from = 0;
    int64_t to = 0;

    simulation_put_result(5, 7, 300, &text);
    ok(text.len == 300 &&
           simulation_parse_result(text.data, text.len, &from, &to) &&
           from == 5 && to == 7,
       "a result comes back");
    ok(!simulation_parse_result("{}", 2, &from, &to) &&
           !simulation_parse_result("nonsense", 8, &from, &to) &&
           !simulation_parse_result("[1]", 3, &from, &to) &&
           !simulation_parse_result(NULL, 0, &from, &to),
       "what somebody else's handler gave is no result of ours");
    buf_release(&text);
}

static void foreign_payloads(void)
{
    static const char *const texts[] = {
        "",
        "x",
        "{}",
        "[]",
        "{\"simulate\":1}",
        "{\"simulate\":{\"run\":-1}}",
        "{\"simulate\":{\"run\":\"1\"}}",
        "{\"simulate\":{\"run\":99999999999999999}}",
        "{\"simulate\":{\"result\":99999999999}}",
    };
    struct simulation got;

    for (size_t i = 0; i < LENGTH(texts); i++) {
        err_clear(&err);
        ok(simulation_parse(texts[i], strlen(texts[i]), &got, &err) < 0 &&
               err.code == ERR_DATA,
           "'%s' is no simulation", texts[i]);
    }
}

int main(void)
{
    good_mixes();
    bad_mixes();
    same_seed();
    shares();
    arrival_times();
    payloads();
    results();
    foreign_payloads();
    return tap_done();
}
