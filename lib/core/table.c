/*
 * table.c - rows in, one of four forms out
 *
 * The cells of a row are gathered as they come, then those that were asked
 * for are written in the order they were asked for.
 */
#include "config.h"

#include "core/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/table-internal.h"

struct table {
    FILE *out;
    enum output output;
    bool tty;
    int64_t now;
    const struct column *columns;
    size_t count;
    size_t *shown;              /* indices of the columns that are written */
    const struct column **cols; /* the same as pointers */
    size_t nshown;
    struct cell *cells; /* of the row being gathered */
    size_t ncells;
    bool overflow;    /* more cells than columns */
    struct buf texts; /* what the cells point into */
    struct buf *made; /* one text a shown column, for the grid */
    struct buf line;
    struct grid *grid;
    bool any; /* rows were written */
};

static void join_names(const struct column *columns, size_t count,
                       struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        buf_fmt(out, "%s%s", i > 0 ? ", " : "", columns[i].name);
}

static int no_such_field(const struct table *table, const char *word,
                         struct err *err)
{
    struct buf names = {0};

    join_names(table->columns, table->count, &names);
    if (strcmp(word, "help") == 0) {
        err_set(err, ERR_USAGE, "the fields are %s", names.data);
    } else {
        err_set(err, ERR_USAGE, "unknown field '%s'", word);
        err_hint(err, "the fields are %s", names.data);
    }
    buf_release(&names);
    return -1;
}

static void show(struct table *table, size_t index)
{
    table->shown[table->nshown] = index;
    table->cols[table->nshown++] = &table->columns[index];
}

static int add_field(struct table *table, const char *word, struct err *err)
{
    for (size_t i = 0; i < table->nshown; i++)
        if (strcmp(table->cols[i]->name, word) == 0)
            return err_set(err, ERR_USAGE, "field '%s' is named twice", word);
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->columns[i].name, word) == 0) {
            show(table, i);
            return 0;
        }
    }
    return no_such_field(table, word, err);
}

static int choose(struct table *table, const char *fields, struct err *err)
{
    if (fields) {
        int ret = 0;

        do {
            size_t len = strcspn(fields, ",");
            char *word = xmemdup0(fields, len);

            ret = add_field(table, word, err);
            free(word);
            fields += len;
        } while (ret == 0 && *fields++);
        return ret;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i];

        if (!column->hidden && !(column->wide && table->output == OUTPUT_TABLE))
            show(table, i);
    }
    return 0;
}

static void table_free(struct table *table)
{
    for (size_t i = 0; table->made && i < table->nshown; i++)
        buf_release(&table->made[i]);
    free(table->made);
    free(table->shown);
    free(table->cols);
    free(table->cells);
    buf_release(&table->texts);
    buf_release(&table->line);
    free(table);
}

/* NOLINTNEXTLINE(readability-function-size): all eight are needed */
struct table *table_open(FILE *out, enum output output, bool color,
                         const struct column *columns, size_t count,
                         const char *fields, int64_t now, struct err *err)
{
    struct table *table = xcalloc(1, sizeof(*table));

    table->out = out;
    table->tty = isatty(fileno(out));
    if (output == OUTPUT_AUTO)
        output = table->tty ? OUTPUT_TABLE : OUTPUT_TSV;
    table->output = output;
    table->now = now;
    table->columns = columns;
    table->count = count;
    table->shown = xcalloc(count, sizeof(*table->shown));
    table->cols = xcalloc(count, sizeof(const struct column *));
    table->cells = xcalloc(count, sizeof(*table->cells));
    if (choose(table, fields, err) < 0) {
        table_free(table);
        return NULL;
    }
    if (output == OUTPUT_TABLE) {
        table->made = xcalloc(table->nshown, sizeof(*table->made));
        table->grid = grid_open(out, color, table->cols, table->nshown);
    }
    return table;
}

static void add_cell(struct table *table, struct cell cell)
{
    if (table->ncells == table->count) {
        table->overflow = true;
        return;
    }
    table->cells[table->ncells++] = cell;
}

void table_bytes(struct table *table, const void *data, size_t len)
{
    if (!data) {
        table_null(table);
        return;
    }
    buf_put(&table->texts, data, len);
    add_cell(table, (struct cell){.len = len});
}

void table_text(struct table *table, const char *text)
{
    table_bytes(table, text, text ? strlen(text) : 0);
}

void table_num(struct table *table, int64_t num)
{
    add_cell(table, (struct cell){.is_num = true, .num = num});
}

void table_null(struct table *table)
{
    add_cell(table, (struct cell){.null = true});
}

/* Now that the buffer no longer moves, the texts can be pointed at. */
static void point(struct table *table)
{
    const char *at = table->texts.data;

    while (table->ncells < table->count)
        table_null(table);
    for (size_t i = 0; i < table->count; i++) {
        table->cells[i].text = at ? at : "";
        if (at)
            at += table->cells[i].len;
    }
}

static void put_json(struct table *table)
{
    struct buf *line = &table->line;

    if (table->output == OUTPUT_JSON)
        buf_str(line, table->any ? ",\n " : "[\n ");
    buf_byte(line, '{');
    for (size_t i = 0; i < table->nshown; i++) {
        if (i > 0)
            buf_byte(line, ',');
        cell_json(line, table->cols[i], &table->cells[table->shown[i]]);
    }
    buf_str(line, table->output == OUTPUT_JSON ? "}" : "}\n");
}

static void put_tsv(struct table *table)
{
    struct buf *line = &table->line;

    for (size_t i = 0; i < table->nshown; i++) {
        if (i > 0)
            buf_byte(line, '\t');
        if (table->tty) {
            struct buf raw = {0};

            cell_tsv(&raw, table->cols[i], &table->cells[table->shown[i]]);
            buf_printable(line, raw.data ? raw.data : "", raw.len);
            buf_release(&raw);
        } else {
            cell_tsv(line, table->cols[i], &table->cells[table->shown[i]]);
        }
    }
    buf_byte(line, '\n');
}

static void put_grid(struct table *table)
{
    for (size_t i = 0; i < table->nshown; i++) {
        buf_reset(&table->made[i]);
        cell_table(&table->made[i], table->cols[i],
                   &table->cells[table->shown[i]], table->now);
    }
    grid_row(table->grid, table->made);
}

static int check_out(const struct table *table, struct err *err)
{
    if (!ferror(table->out))
        return 0;
    if (errno == EPIPE || cmd_shared.stdout_closed)
        return err_set(err, ERR_IO, "stdout is closed");
    if (errno == 0)
        return err_set(err, ERR_IO, "cannot write to stdout");
    return err_errno(err, ERR_IO, "cannot write to stdout");
}

int table_row(struct table *table, struct err *err)
{
    struct buf *line = &table->line;

    if (table->overflow)
        return err_set(err, ERR_BUG, "a row has more than %zu cells",
                       table->count);
    point(table);
    errno = 0;
    if (table->output == OUTPUT_TABLE)
        put_grid(table);
    else if (table->output == OUTPUT_TSV)
        put_tsv(table);
    else
        put_json(table);
    if (line->len > 0)
        fwrite(line->data, 1, line->len, table->out);
    buf_reset(line);
    buf_reset(&table->texts);
    table->ncells = 0;
    table->any = true;
    return check_out(table, err);
}

int table_close(struct table *table, struct err *err)
{
    struct err failed = {0};
    int ret;

    if (!table)
        return 0;
    errno = 0;
    grid_close(table->grid);
    if (table->output == OUTPUT_JSON)
        fputs(table->any ? "\n]\n" : "[]\n", table->out);
    ret = check_out(table, &failed);
    /* What ended the list early matters more than that it could not end. */
    if (ret < 0 && err->code == ERR_NONE)
        *err = failed;
    table_free(table);
    return ret;
}
