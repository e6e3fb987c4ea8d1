/*
 * db-rows.c - arguments into a statement, cells out of it
 *
 * While rows are built their bytes move (the array grows), so a cell holds
 * the offset of its bytes until rows_finish() turns it into a pointer.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-driver.h"

struct db_arg arg_null(void)
{
    return (struct db_arg){.kind = DB_NULL};
}

struct db_arg arg_num(int64_t num)
{
    return (struct db_arg){.kind = DB_NUM, .num = num};
}

struct db_arg arg_opt(bool present, int64_t num)
{
    return present ? arg_num(num) : arg_null();
}

struct db_arg arg_text(const char *text_or_null)
{
    return arg_textn(text_or_null, text_or_null ? strlen(text_or_null) : 0);
}

struct db_arg arg_textn(const char *text, size_t len)
{
    return (struct db_arg){
        .kind = text ? DB_TEXT : DB_NULL, .data = text, .len = len};
}

struct db_arg arg_blob(const void *data_or_null, size_t len)
{
    return (struct db_arg){.kind = data_or_null ? DB_BLOB : DB_NULL,
                           .data = data_or_null,
                           .len = len};
}

struct db_arg arg_real(double real)
{
    return (struct db_arg){.kind = DB_REAL, .real = real};
}

/* A number that somebody asked for as text. */
struct rendered {
    struct rendered *next;
    char text[32];
};

struct rows_memory {
    char *bytes;
    struct rendered *rendered;
};

static struct db_cell *next_cell(struct rows_builder *builder,
                                 enum db_kind kind)
{
    struct db_cell *cell;

    builder->cells = xgrow(builder->cells, builder->used, &builder->cap,
                           sizeof(*builder->cells));
    cell = &builder->cells[builder->used++];
    *cell = (struct db_cell){.kind = kind};
    return cell;
}

void rows_put_null(struct rows_builder *builder)
{
    next_cell(builder, DB_NULL);
}

void rows_put_num(struct rows_builder *builder, int64_t num)
{
    next_cell(builder, DB_NUM)->num = num;
}

void rows_put_real(struct rows_builder *builder, double real)
{
    next_cell(builder, DB_REAL)->real = real;
}

void rows_put_bytes(struct rows_builder *builder, enum db_kind kind,
                    const void *data, size_t len)
{
    struct db_cell *cell = next_cell(builder, kind);

    cell->num = (int64_t)builder->bytes.len; /* the offset, for now */
    cell->len = len;
    if (len > 0)
        buf_put(&builder->bytes, data, len);
    buf_byte(&builder->bytes, '\0');
}

void rows_finish(struct rows_builder *builder, size_t width,
                 struct db_rows *rows)
{
    struct rows_memory *memory = xcalloc(1, sizeof(*memory));

    memory->bytes = buf_detach(&builder->bytes);
    for (size_t i = 0; i < builder->used; i++) {
        struct db_cell *cell = &builder->cells[i];

        if (cell->kind == DB_TEXT || cell->kind == DB_BLOB) {
            cell->data = memory->bytes + cell->num;
            cell->num = 0;
        }
    }
    *rows = (struct db_rows){.count = width ? builder->used / width : 0,
                             .width = width,
                             .cells = builder->cells,
                             .memory = memory};
    *builder = (struct rows_builder){0};
}

void rows_drop(struct rows_builder *builder)
{
    free(builder->cells);
    buf_release(&builder->bytes);
    *builder = (struct rows_builder){0};
}

void db_rows_release(struct db_rows *rows)
{
    struct rows_memory *memory = rows->memory;

    while (memory && memory->rendered) {
        struct rendered *next = memory->rendered->next;

        free(memory->rendered);
        memory->rendered = next;
    }
    if (memory)
        free(memory->bytes);
    free(memory);
    free(rows->cells);
    *rows = (struct db_rows){0};
}

const struct db_cell *db_cell(const struct db_rows *rows, size_t row,
                              size_t column)
{
    static const struct db_cell nothing = {.kind = DB_NULL};

    if (row >= rows->count || column >= rows->width)
        return &nothing;
    return &rows->cells[row * rows->width + column];
}

/* Cut to what an int64_t holds; the comparisons are false for a NaN. */
static int64_t whole(double real)
{
    const double limit = 9223372036854775808.0; /* 2^63 */

    if (real >= limit)
        return INT64_MAX;
    if (real >= -limit)
        return (int64_t)real;
    return real < 0 ? INT64_MIN : 0;
}

int64_t db_num(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    switch (cell->kind) {
    case DB_NUM:
        return cell->num;
    case DB_REAL:
        return whole(cell->real);
    case DB_TEXT:
        return strtoll(cell->data, NULL, 10);
    case DB_BLOB:
    case DB_NULL:
        break;
    }
    return 0;
}

double db_real(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    switch (cell->kind) {
    case DB_NUM:
        return (double)cell->num;
    case DB_REAL:
        return cell->real;
    case DB_TEXT:
        return strtod(cell->data, NULL);
    case DB_BLOB:
    case DB_NULL:
        break;
    }
    return 0;
}

static const char *render(struct rows_memory *memory,
                          const struct db_cell *cell)
{
    struct rendered *rendered = xcalloc(1, sizeof(*rendered));

    if (cell->kind == DB_NUM)
        snprintf(rendered->text, sizeof(rendered->text), "%" PRId64, cell->num);
    else
        snprintf(rendered->text, sizeof(rendered->text), "%.17g", cell->real);
    rendered->next = memory->rendered;
    memory->rendered = rendered;
    return rendered->text;
}

const char *db_text(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    switch (cell->kind) {
    case DB_TEXT:
    case DB_BLOB:
        return cell->data;
    case DB_NUM:
    case DB_REAL:
        return render(rows->memory, cell);
    case DB_NULL:
        break;
    }
    return NULL;
}

bool db_null(const struct db_rows *rows, size_t row, size_t column)
{
    return db_cell(rows, row, column)->kind == DB_NULL;
}
