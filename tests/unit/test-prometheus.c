/*
 * The text of Prometheus: exact numbers, escaped labels, bounded names.
 */
#include "config.h"

#include "report/prometheus.h"

#include <string.h>

#include "tap.h"

static struct buf out;

static const struct prom_family one = {.name = "a", .help = "Help."};
static const struct prom_family micro = {
    .name = "s", .help = "Help.", .unit = PROM_MICRO};
static const struct prom_family pico = {
    .name = "usd", .help = "Help.", .unit = PROM_PICO};

static const char *sample(const struct prom_family *family, int64_t value)
{
    buf_reset(&out);
    prom_sample(&out, family, NULL, value);
    return out.data;
}

static void test_numbers(void)
{
    is(sample(&one, 0), "a 0\n", "zero");
    is(sample(&one, -12), "a -12\n", "a negative integer");
    is(sample(&one, INT64_MIN), "a -9223372036854775808\n",
       "the smallest integer");
    is(sample(&one, INT64_MAX), "a 9223372036854775807\n", "the largest one");
    is(sample(&micro, 0), "s 0\n", "zero has no decimals");
    is(sample(&micro, 1500000), "s 1.5\n", "no zeros behind");
    is(sample(&micro, 1), "s 0.000001\n", "zeros in front");
    is(sample(&micro, -20), "s -0.00002\n", "also when negative");
    is(sample(&micro, 60000000), "s 60\n", "whole seconds");
    is(sample(&pico, 2500000000), "usd 0.0025\n", "money is not rounded");
    is(sample(&pico, 1), "usd 0.000000000001\n", "not even little");
}

static void test_labels(void)
{
    char longest[400];

    buf_reset(&out);
    prom_sample(&out, &one,
                (const struct prom_label[]){{"x", "a\"b\\c\nd\xff"
                                                  "e"},
                                            {"y", "\xc3\xa4"},
                                            {0}},
                1);
    is(out.data,
       "a{x=\"a\\\"b\\\\c\\nd\xef\xbf\xbd"
       "e\",y=\"\xc3\xa4\"} 1\n",
       "what is special in a label is escaped, bad UTF-8 replaced");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    buf_reset(&out);
    prom_sample(&out, &one, (const struct prom_label[]){{"x", longest}, {0}},
                1);
    ok(out.len == strlen("a{x=\"\"} 1\n") + PROM_LABEL_MAX,
       "a long value is cut");
}

static void test_histogram(void)
{
    static const int64_t bounds[] = {5000, 1000000};
    static const int64_t counts[] = {2, 0, 3};
    static const struct prom_family family = {.name = "h",
                                              .help = "Help.",
                                              .type = PROM_HISTOGRAM,
                                              .unit = PROM_MICRO};

    buf_reset(&out);
    prom_family(&out, &family);
    prom_histogram(&out, &family, (const struct prom_label[]){{"t", "x"}, {0}},
                   &(const struct prom_histogram){bounds, counts, 2, 7250000});
    is(out.data,
       "# HELP h Help.\n# TYPE h histogram\n"
       "h_bucket{t=\"x\",le=\"0.005\"} 2\n"
       "h_bucket{t=\"x\",le=\"1\"} 2\n"
       "h_bucket{t=\"x\",le=\"+Inf\"} 5\n"
       "h_sum{t=\"x\"} 7.25\nh_count{t=\"x\"} 5\n",
       "buckets add up");
    buf_reset(&out);
    prom_histogram(&out, &family, NULL,
                   &(const struct prom_histogram){bounds, counts, 2, 0});
    ok(strstr(out.data, "h_bucket{le=\"1\"} 2\n") &&
           strstr(out.data, "h_count 5\n"),
       "without labels, too");
}

static void test_names(void)
{
    struct prom_names names = {0};
    char name[16];

    for (int i = 0; i < PROM_NAMES_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        prom_name(&names, name);
    }
    is(prom_name(&names, "n7"), "n7", "a known name stays");
    is(prom_name(&names, "one more"), "other",
       "what comes when there are enough is other");
    is(prom_name(&names, "n99"), "n99", "the last is still known");
    prom_names_release(&names);
}

int main(void)
{
    test_numbers();
    test_labels();
    test_histogram();
    test_names();
    buf_release(&out);
    return tap_done();
}
