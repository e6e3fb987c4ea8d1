#include "config.h"

#include "store/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* What is held back at most; a result or a payload may be large. */
enum { MAX_ROWS = DB_SEND_MAX, MAX_BYTES = 4 << 20 };

void bulk_open(struct bulk *bulk, struct db *db, const enum sql *which,
               size_t count)
{
    size_t i;

    *bulk = (struct bulk){.db = db, .part_count = count};
    for (i = 0; i < count; i++)
        bulk->parts[i].which = which[i];
    if (db_engine(db) == DB_SQLITE)
        bulk->changed = xcalloc(MAX_ROWS, sizeof(*bulk->changed));
}

void bulk_close(struct bulk *bulk)
{
    size_t i;
    size_t k;

    for (i = 0; i < bulk->part_count; i++)
        for (k = 0; k < BULK_COLUMNS; k++)
            buf_release(&bulk->parts[i].columns[k]);
    free(bulk->changed);
    *bulk = (struct bulk){0};
}

static int miscounted(struct err *err)
{
    return err_set(err, ERR_BUG, "a locked row got away");
}

/* ---------------------------------------------------------- array literals */

static void put_quoted(struct buf *out, const char *text, size_t len)
{
    size_t from = 0;
    size_t i;

    buf_byte(out, '"');
    for (i = 0; i < len; i++)
        if (text[i] == '"' || text[i] == '\\') {
            buf_put(out, text + from, i - from);
            buf_byte(out, '\\');
            from = i;
        }
    buf_put(out, text + from, len - from);
    buf_byte(out, '"');
}

static void put_element(struct buf *out, const struct db_arg *arg)
{
    switch (arg->kind) {
    case DB_NULL:
        buf_str(out, "NULL");
        break;
    case DB_NUM:
        buf_num(out, arg->num);
        break;
    case DB_REAL:
        buf_fmt(out, "%.17g", arg->real);
        break;
    case DB_TEXT:
        put_quoted(out, arg->data, arg->len);
        break;
    case DB_BLOB:
        buf_str(out, "\"\\\\x");
        buf_hex(out, arg->data, arg->len);
        buf_byte(out, '"');
        break;
    }
}

static int append(struct bulk *bulk, struct bulk_part *part,
                  const struct db_arg *args, size_t nargs, struct err *err)
{
    size_t k;

    for (k = 0; k < nargs; k++) {
        struct buf *column = &part->columns[k];
        size_t before = column->len;

        /* An array literal has no other way to say it than to end. */
        if (args[k].kind == DB_TEXT && args[k].len > 0 &&
            memchr(args[k].data, '\0', args[k].len))
            return err_set(err, ERR_DATA, "text with a NUL byte in it");
        buf_byte(column, part->rows ? ',' : '{');
        put_element(column, &args[k]);
        part->filled[k] |= args[k].kind != DB_NULL;
        bulk->bytes += column->len - before;
    }
    part->width = nargs;
    part->rows++;
    return 0;
}

static int run_part(struct bulk *bulk, struct bulk_part *part, struct err *err)
{
    struct db_arg args[BULK_COLUMNS];
    size_t rows = part->rows;
    int64_t changed;
    size_t k;

    for (k = 0; k < part->width; k++) {
        buf_byte(&part->columns[k], '}');
        /* unnest() fills up with NULL: nothing says a column of them. */
        args[k] = part->filled[k]
                      ? arg_textn(part->columns[k].data, part->columns[k].len)
                      : arg_text("{}");
        part->filled[k] = false;
    }
    changed = db_exec(bulk->db, part->which, args, part->width, err);
    for (k = 0; k < part->width; k++)
        buf_reset(&part->columns[k]);
    part->rows = 0;
    if (changed < 0)
        return -1;
    return (size_t)changed == rows ? 0 : miscounted(err);
}

/* ------------------------------------------------------------------- both */

int bulk_flush(struct bulk *bulk, struct err *err)
{
    size_t n = bulk->rows;
    size_t i;

    bulk->rows = 0;
    bulk->bytes = 0;
    if (!bulk->changed) {
        for (i = 0; i < bulk->part_count; i++)
            if (bulk->parts[i].rows > 0 &&
                run_part(bulk, &bulk->parts[i], err) < 0)
                return -1;
        return 0;
    }
    if (db_collect(bulk->db, bulk->changed, n, err) < 0)
        return -1;
    for (i = 0; i < n; i++)
        if (bulk->changed[i] != 1)
            return miscounted(err);
    return 0;
}

int bulk_put(struct bulk *bulk, enum sql which, const struct db_arg *args,
             size_t nargs, struct err *err)
{
    size_t i = 0;

    if ((bulk->rows == MAX_ROWS || bulk->bytes > MAX_BYTES) &&
        bulk_flush(bulk, err) < 0)
        return -1;
    bulk->rows++;
    if (bulk->changed)
        return db_send(bulk->db, which, args, nargs, err);
    while (bulk->parts[i].which != which)
        i++;
    return append(bulk, &bulk->parts[i], args, nargs, err);
}
