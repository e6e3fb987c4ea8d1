/*
 * db-postgres-value.c - our arguments for libpq, its results for us
 *
 * Everything travels as text, so that the server decides what a parameter
 * is; only bytes go binary.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-postgres.h"

/* Object ids of built-in types; they never change (pg_type.dat). */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_NUMERIC = 1700
};

static void make_room(struct pg_params *params, size_t nargs)
{
    if (nargs <= params->cap)
        return;
    params->values = xrealloc(params->values, nargs, sizeof(char *));
    params->lengths =
        xrealloc(params->lengths, nargs, sizeof(*params->lengths));
    params->formats =
        xrealloc(params->formats, nargs, sizeof(*params->formats));
    params->cap = nargs;
}

/* Returns whether the value's text was put into params->text. */
static bool put_text(struct pg_params *params, const struct db_arg *arg)
{
    switch (arg->kind) {
    case DB_NUM:
        buf_num(&params->text, arg->num);
        break;
    case DB_REAL:
        buf_fmt(&params->text, "%.17g", arg->real);
        break;
    case DB_TEXT:
        buf_put(&params->text, arg->data, arg->len);
        break;
    case DB_BLOB:
    case DB_NULL:
        return false;
    }
    buf_byte(&params->text, '\0');
    return true;
}

int pg_bind(struct pg_params *params, const struct db_arg *args, size_t nargs)
{
    size_t at = 0;

    make_room(params, nargs);
    buf_reset(&params->text);
    /* The text moves while it grows: its length first, pointers after. */
    for (size_t i = 0; i < nargs; i++) {
        size_t before = params->text.len;

        params->formats[i] = args[i].kind == DB_BLOB;
        params->values[i] = args[i].kind == DB_BLOB ? args[i].data : NULL;
        params->lengths[i] = put_text(params, &args[i])
                                 ? (int)(params->text.len - before)
                                 : (int)args[i].len;
    }
    for (size_t i = 0; i < nargs; i++)
        if (args[i].kind != DB_BLOB && args[i].kind != DB_NULL) {
            params->values[i] = params->text.data + at;
            at += (size_t)params->lengths[i];
        }
    return (int)nargs;
}

void pg_params_release(struct pg_params *params)
{
    free(params->values);
    free(params->lengths);
    free(params->formats);
    buf_release(&params->text);
    *params = (struct pg_params){0};
}

/* numeric, which is what sum(bigint) gives: a number when it is a whole one. */
static void put_numeric(struct rows_builder *builder, const char *text,
                        size_t len)
{
    size_t sign = *text == '-';
    long long num;

    errno = 0;
    num = strtoll(text, NULL, 10);
    if (errno == 0 && len > sign &&
        strspn(text + sign, "0123456789") == len - sign)
        rows_put_num(builder, num);
    else
        rows_put_bytes(builder, DB_TEXT, text, len);
}

static void put_bytea(const struct libpq *pq, struct rows_builder *builder,
                      const char *text)
{
    size_t len = 0;
    unsigned char *bytes =
        pq->PQunescapeBytea((const unsigned char *)text, &len);

    rows_put_bytes(builder, DB_BLOB, bytes, bytes ? len : 0);
    pq->PQfreemem(bytes);
}

static void put_value(const struct libpq *pq, struct rows_builder *builder,
                      Oid type, const char *text, size_t len)
{
    switch (type) {
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
        rows_put_num(builder, strtoll(text, NULL, 10));
        break;
    case OID_BOOL:
        rows_put_num(builder, *text == 't');
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        rows_put_real(builder, strtod(text, NULL));
        break;
    case OID_NUMERIC:
        put_numeric(builder, text, len);
        break;
    case OID_BYTEA:
        put_bytea(pq, builder, text);
        break;
    default:
        rows_put_bytes(builder, DB_TEXT, text, len);
    }
}

void pg_read_rows(const struct libpq *pq, const PGresult *result,
                  struct db_rows *rows)
{
    struct rows_builder builder = {0};
    int count = pq->PQntuples(result);
    int width = pq->PQnfields(result);

    for (int row = 0; row < count; row++)
        for (int column = 0; column < width; column++) {
            if (pq->PQgetisnull(result, row, column))
                rows_put_null(&builder);
            else
                put_value(pq, &builder, pq->PQftype(result, column),
                          pq->PQgetvalue(result, row, column),
                          (size_t)pq->PQgetlength(result, row, column));
        }
    rows_finish(&builder, (size_t)width, rows);
}

int64_t pg_changed(const struct libpq *pq, PGresult *result)
{
    /* "SELECT 5" counts rows that were read. */
    if (strncmp(pq->PQcmdStatus(result), "SELECT", 6) == 0)
        return 0;
    return strtoll(pq->PQcmdTuples(result), NULL, 10);
}
