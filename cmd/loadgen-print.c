/*
 * loadgen-print.c - what became of a run, on stdout
 */
#include "config.h"

#include <stdio.h>

#include "cmd/loadgen.h"
#include "core/clock.h"
#include "core/table.h"
#include "report/value.h"

/* Spans of a table are whole milliseconds, which is too coarse here. */
#define COLUMNS(span)                                       \
    {.name = "type", .kind = CELL_TEXT, .shrink = 24},      \
        {.name = "submitted", .kind = CELL_NUM},            \
        {.name = "completed", .kind = CELL_NUM},            \
        {.name = "dead", .kind = CELL_NUM},                 \
        {.name = "cancelled", .kind = CELL_NUM, .wide = 1}, \
        {.name = "unplanned", .kind = CELL_NUM, .wide = 1}, \
        {.name = "wait_p50", .kind = (span)},               \
        {.name = "wait_p95", .kind = (span)},               \
        {.name = "wait_p99", .kind = (span)},               \
        {.name = "total_p50", .kind = (span)},              \
        {.name = "total_p99", .kind = (span)},              \
    {                                                       \
        .name = "total_max", .kind = (span)                 \
    }

static const struct column for_people[] = {COLUMNS(CELL_TEXT)};
static const struct column for_programs[] = {COLUMNS(CELL_SPAN)};

struct printing {
    struct table *table;
    bool people;
};

static void put_share(const struct printing *printing, const struct hist *hist,
                      double share)
{
    int64_t value = hist_at(hist, share);
    struct buf text = {0};

    if (hist->count == 0) {
        table_null(printing->table);
    } else if (printing->people) {
        value_put(LOADGEN_SECONDS(value), UNIT_SECONDS, &text);
        table_text(printing->table, text.data);
    } else {
        table_num(printing->table, value);
    }
    buf_release(&text);
}

static int put_row(const struct printing *printing, const char *type,
                   const struct tally *tally, struct err *err)
{
    const struct hist *wait = &tally->times[TIME_WAIT];
    const struct hist *total = &tally->times[TIME_TOTAL];
    struct table *table = printing->table;

    table_text(table, type);
    table_num(table, tally->submitted);
    table_num(table, tally->completed);
    table_num(table, tally->dead);
    table_num(table, tally->cancelled);
    table_num(table, tally->unplanned);
    put_share(printing, wait, 0.50);
    put_share(printing, wait, 0.95);
    put_share(printing, wait, 0.99);
    put_share(printing, total, 0.50);
    put_share(printing, total, 0.99);
    put_share(printing, total, 1);
    return table_row(table, err);
}

static int print_table(const struct loadgen *load, enum output form,
                       struct err *err)
{
    struct printing printing = {.people = form == OUTPUT_TABLE};
    int ret = 0;

    printing.table = table_open(stdout, form, cmd_shared.color_out,
                                printing.people ? for_people : for_programs,
                                LENGTH(for_people), NULL, clock_wall(), err);
    if (!printing.table)
        return -1;
    for (size_t i = 0; ret == 0 && i < load->plan->mix.count; i++)
        ret = put_row(&printing, load->plan->mix.classes[i].type,
                      &load->classes[i], err);
    if (ret == 0)
        ret = put_row(&printing, "all", &load->all, err);
    return table_close(printing.table, err) < 0 ? -1 : ret;
}

/* The summary is one object: a table only for eyes, or when asked for. */
int summary_print(const struct loadgen *load, struct err *err)
{
    enum output form = cmd_shared.output;
    struct buf out = {0};

    if (form == OUTPUT_AUTO)
        form = cmd_output() == OUTPUT_TABLE ? OUTPUT_TABLE : OUTPUT_JSON;
    cmd_note("run %s: %lld tasks ended, recorded in %s", load->run_id,
             (long long)tally_ended(&load->all), results_path(load->results));
    if (form == OUTPUT_TABLE || form == OUTPUT_TSV)
        return print_table(load, form, err);
    summary_end(load, false, &out);
    if (fwrite(out.data, 1, out.len, stdout) != out.len)
        err_errno(err, ERR_IO, "cannot write to stdout");
    buf_release(&out);
    return err->code ? -1 : 0;
}
