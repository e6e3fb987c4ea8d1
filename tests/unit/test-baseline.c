/*
 * The promises of load/baseline.h, load/jsonl.h and load/tally.h.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "load/baseline.h"
#include "load/jsonl.h"
#include "load/tally.h"
#include "tap.h"

static struct err err;
static char dir[] = "/tmp/aaos-test-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || file_write_all(fd, text, strlen(text), &err) < 0)
        xdie("cannot write");
    close(fd);
}

static bool holds(const char *name, const char *wanted)
{
    struct buf text = {0};
    bool same = file_read(path_of(name), 1 << 20, &text, &err) == 0 &&
                strcmp(text.data ? text.data : "", wanted) == 0;

    buf_release(&text);
    return same;
}

/* --- lines ---------------------------------------------------------------- */

static bool append(const char *text)
{
    struct jsonl file = {.fd = -1};
    struct buf line = {0};
    bool good;

    err_clear(&err);
    buf_str(&line, text);
    good = jsonl_open(path_of("lines"), &file, &err) == 0 &&
           jsonl_append(&file, &line, &err) == 0;
    jsonl_close(&file);
    buf_release(&line);
    return good;
}

static void torn_lines(void)
{
    char *long_tail = xcalloc(1, 10000);

    ok(append("one\n") && holds("lines", "one\n"), "a file is made");
    ok(append("two\n") && holds("lines", "one\ntwo\n"), "and appended to");
    write_file("lines", "one\ntwo");
    ok(append("three\n") && holds("lines", "one\nthree\n"),
       "what a killed writer left is taken away");
    memset(long_tail, 'x', 9999);
    write_file("lines", long_tail);
    ok(append("one\n") && holds("lines", "one\n"),
       "also when it is all there is, and long");
    ok(jsonl_open("/nonexistent/x", &(struct jsonl){0}, &err) < 0 &&
           err.code == ERR_CREATE,
       "a file that cannot be made is said");
    err_clear(&err);
    free(long_tail);
}

/* --- slots ---------------------------------------------------------------- */

static void slot_numbers(void)
{
    const struct baseline baseline = {
        .start = 1000 * USEC_PER_SEC, .every = 60 * USEC_PER_SEC, .slots = 10};

    ok(baseline_slot(&baseline, 999 * USEC_PER_SEC) == -1,
       "before the start there is no slot");
    ok(baseline_slot(&baseline, 1000 * USEC_PER_SEC) == 0 &&
           baseline_slot(&baseline, 1060 * USEC_PER_SEC - 1) == 0 &&
           baseline_slot(&baseline, 1060 * USEC_PER_SEC) == 1,
       "a slot lasts until the next one");
    ok(baseline_slot(&baseline, 99999 * USEC_PER_SEC) == 9,
       "the last one is the last");
    ok(baseline_due(&baseline, 3) == 1180 * USEC_PER_SEC, "and each is due");
}

static bool put_sample(int64_t slot, bool missed, struct buf *out)
{
    struct baseline_sample sample = {
        .slot = slot, .at = 1764082800123456, .missed = missed};

    if (!missed)
        telemetry_add(&sample.telemetry, "tasks_pending", 7);
    baseline_put(&sample, out);
    return true;
}

static int count_missed(void *ctx, const struct baseline_sample *sample,
                        struct err *why)
{
    (void)why;
    *(int *)ctx += sample->missed;
    return 0;
}

static void samples(void)
{
    struct baseline_sample sample;
    struct buf text = {0};
    int64_t count = 0;
    int missed = 0;

    put_sample(0, false, &text);
    ok(baseline_parse(text.data, text.len - 1, &sample, &err) == 0 &&
           sample.slot == 0 && sample.at == 1764082800123456 &&
           !sample.missed && sample.telemetry.count == 1 &&
           strcmp(sample.telemetry.samples[0].name, "tasks_pending") == 0,
       "a sample comes back from its line");
    put_sample(1, true, &text);
    put_sample(2, false, &text);
    buf_str(&text, "{\"kind\":\"sam");
    write_file("samples.jsonl", text.data);
    ok(baseline_scan(dir, count_missed, &missed, &count, &err) == 0 &&
           count == 3 && missed == 1,
       "whole lines are read, a torn one is not");
    buf_reset(&text);
    put_sample(0, false, &text);
    put_sample(2, false, &text);
    write_file("samples.jsonl", text.data);
    ok(baseline_scan(dir, NULL, NULL, &count, &err) < 0 &&
           err.code == ERR_DATA && strstr(err.msg, ":2: slot 2 where 1"),
       "a gap is no file of ours");
    err_clear(&err);
    buf_release(&text);
}

static void bad_samples(void)
{
    static const char *const lines[] = {
        "",
        "{}",
        "[1]",
        "{\"slot\":0,\"at\":\"x\",\"state\":\"taken\",\"metrics\":{}}",
        "{\"slot\":-1,\"at\":\"2026-01-01T00:00:00Z\",\"state\":\"taken\","
        "\"metrics\":{}}",
        "{\"slot\":0,\"at\":\"2026-01-01T00:00:00Z\",\"state\":1,"
        "\"metrics\":{}}",
        "{\"slot\":0,\"at\":\"2026-01-01T00:00:00Z\",\"state\":\"taken\"}",
    };
    static const char odd[] =
        "{\"slot\":0,\"at\":\"2026-01-01T00:00:00Z\",\"state\":\"taken\","
        "\"metrics\":{\"tasks_pending\":\"7\",\"unheard_of\":1,\"agents\":1e999,"
        "\"tasks_dead\":3}}";
    struct baseline_sample sample;

    for (size_t i = 0; i < LENGTH(lines); i++) {
        err_clear(&err);
        ok(baseline_parse(lines[i], strlen(lines[i]), &sample, &err) < 0 &&
               err.code == ERR_DATA,
           "'%s' is no sample", lines[i]);
    }
    err_clear(&err);
    ok(baseline_parse(odd, sizeof(odd) - 1, &sample, &err) == 0 &&
           sample.telemetry.count == 1,
       "what is no number with a known name is left out");
}

static void states(void)
{
    struct baseline wanted = {
        .start = 1764082800000000, .every = 60 * USEC_PER_SEC, .slots = 1440};
    struct baseline got;

    uuid_make(wanted.id);
    ok(baseline_read(dir, &got, &err) == 0, "there is none at first");
    ok(baseline_write(dir, &wanted, &err) == 0 &&
           baseline_read(dir, &got, &err) == 1 &&
           strcmp(got.id, wanted.id) == 0 && got.start == wanted.start &&
           got.every == wanted.every && got.slots == 1440,
       "what it is comes back");
    write_file("baseline.json", "{\"id\":\"x\"}");
    ok(baseline_read(dir, &got, &err) < 0 && err.code == ERR_DATA,
       "what is no description is said");
    err_clear(&err);
}

static void locks(void)
{
    int fd = baseline_lock(dir, &err);

    ok(fd >= 0 && baseline_lock(dir, &err) == -2, "one has the lock");
    close(fd);
    fd = baseline_lock(dir, &err);
    ok(fd >= 0, "until it ends");
    close(fd);
}

/* --- tallies -------------------------------------------------------------- */

static void tallies(void)
{
    struct tally *tally = xcalloc(1, sizeof(*tally));
    struct tally_end end = {.due = 1000,
                            .stored = 1010,
                            .started = 1100,
                            .stopped = 1150,
                            .recorded = 1200,
                            .status = "completed",
                            .attempts = 1};

    tally_add(tally, &end);
    ok(tally->times[TIME_SUBMIT].max == 10 &&
           tally->times[TIME_WAIT].max == 100 &&
           tally->times[TIME_RUN].max == 50 &&
           tally->times[TIME_TOTAL].max == 200,
       "all counts from when it was due");
    end.chained = true;
    tally_add(tally, &end);
    ok(tally->completed == 2 && tally->chained == 1 &&
           tally->times[TIME_WAIT].count == 1,
       "what waits for others is counted and not timed");
    ok(tally->unplanned == 0, "so far all as planned");
    end.status = "cancelled";
    end.reason = "dependency";
    tally_add(tally, &end);
    ok(tally->unplanned == 0, "what waits for a dead task is cancelled");
    end.reason = "cancelled";
    tally_add(tally, &end);
    ok(tally->unplanned == 1, "nothing else is");
    end = (struct tally_end){
        .due = 1, .status = "dead", .reason = "failures", .fails = true};
    tally_add(tally, &end);
    ok(tally->unplanned == 1, "what shall fail is dead");
    end.reason = "crash_loop";
    tally_add(tally, &end);
    end.status = "completed";
    tally_add(tally, &end);
    ok(tally->unplanned == 3, "but not of lost agents, and not completed");
    free(tally);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    torn_lines();
    slot_numbers();
    samples();
    bad_samples();
    states();
    locks();
    tallies();
    unlink(path_of("lines"));
    unlink(path_of("samples.jsonl"));
    unlink(path_of("baseline.json"));
    unlink(path_of("lock"));
    rmdir(dir);
    return tap_done();
}
