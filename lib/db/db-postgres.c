/*
 * db-postgres.c - statements and transactions on PostgreSQL
 *
 * BEGIN travels with the first statement of its transaction: a round trip
 * less where somebody waits for a single task.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "db/db-postgres.h"

char *pg_name(size_t which, char name[PG_NAME_SIZE])
{
    snprintf(name, PG_NAME_SIZE, "s%zu", which);
    return name;
}

/* 'FATAL:  too bad' is all that libpq keeps of some messages. */
static const char *without_severity(const char *text)
{
    const char *colon = strstr(text, ":  ");

    return colon && colon < text + strcspn(text, "\n") ? colon + 3 : text;
}

/*
 * Only the primary message: the detail of a constraint quotes the row.
 *
 * An error without an SQLSTATE did not come from the server: libpq could not
 * reach it.  PQstatus() says so only one call later when it was the write
 * that failed.
 *
 * After a failover we may hold on to a server that has become a standby: it
 * refuses to write (25006) until we look for the new one.
 */
int pg_fail(struct db *db, const PGresult *result, struct err *err)
{
    struct postgres *pg = db->impl;
    const char *state = NULL;
    const char *text = NULL;
    enum err_code code = ERR_UNAVAIL;
    bool standby;

    if (result) {
        state = pg->pq.PQresultErrorField(result, PG_DIAG_SQLSTATE);
        text = pg->pq.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    }
    if (!text)
        text = without_severity(pg->pq.PQerrorMessage(pg->conn));
    standby = state && strcmp(state, "25006") == 0 && !db->options.read_only &&
              db->tx != TX_SNAPSHOT;
    if (state && !standby && pg->pq.PQstatus(pg->conn) != CONNECTION_BAD)
        code = pg_classify(state);
    if (code == ERR_UNAVAIL)
        db->broken = true;
    return err_set(err, code, "%.*s", (int)strcspn(text, "\n"), text);
}

static bool succeeded(const struct libpq *pq, const PGresult *result)
{
    ExecStatusType status = pq->PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* A statement without arguments or rows. */
static int command(struct db *db, const char *text, struct err *err)
{
    struct postgres *pg = db->impl;
    PGresult *result = pg->pq.PQexec(pg->conn, text);
    int ret = 0;

    if (!succeeded(&pg->pq, result))
        ret = pg_fail(db, result, err);
    pg->pq.PQclear(result);
    return ret;
}

static int prepare(struct db *db, size_t which, struct err *err)
{
    struct postgres *pg = db->impl;
    char name[PG_NAME_SIZE];
    PGresult *result = pg->pq.PQprepare(pg->conn, pg_name(which, name),
                                        db->sql[which], 0, NULL);
    int ret = 0;

    if (succeeded(&pg->pq, result))
        pg->prepared[which] = true;
    else
        ret = pg_fail(db, result, err);
    pg->pq.PQclear(result);
    return ret;
}

/* What became of one thing in the pipeline; NULL: the connection is lost. */
static PGresult *next_result(const struct postgres *pg)
{
    PGresult *result = pg->pq.PQgetResult(pg->conn);
    PGresult *more;

    while (result && pg->pq.PQstatus(pg->conn) != CONNECTION_BAD &&
           (more = pg->pq.PQgetResult(pg->conn)))
        pg->pq.PQclear(more);
    return result;
}

/* BEGIN and a prepared statement together; the first that is no success, or
 * the statement's result. */
static PGresult *execute_first(struct postgres *pg, const char *name, int count)
{
    const struct libpq *pq = &pg->pq;
    const struct pg_params *params = &pg->params;
    const char *first = pg->begin;
    PGresult *begun;
    PGresult *result;

    pg->begin = NULL;
    if (!pq->PQenterPipelineMode(pg->conn) ||
        !pq->PQsendQueryParams(pg->conn, first, 0, NULL, NULL, NULL, NULL, 0) ||
        !pq->PQsendQueryPrepared(pg->conn, name, count, params->values,
                                 params->lengths, params->formats, 0) ||
        !pq->PQpipelineSync(pg->conn))
        return NULL;
    begun = next_result(pg);
    if (!succeeded(pq, begun))
        return begun;
    pq->PQclear(begun);
    result = next_result(pg);
    /* The answer to the Sync; then all is as without a pipeline. */
    pq->PQclear(pq->PQgetResult(pg->conn));
    if (!pq->PQexitPipelineMode(pg->conn)) {
        pq->PQclear(result);
        return NULL;
    }
    return result;
}

int pg_begun(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    const char *first = pg->begin;

    pg->begin = NULL;
    return first ? command(db, first, err) : 0;
}

static PGresult *execute(struct db *db, const struct db_call *call)
{
    struct postgres *pg = db->impl;
    struct pg_params *params = &pg->params;
    int count = pg_bind(params, call->args, call->nargs);
    char name[PG_NAME_SIZE];

    if (pg->begin)
        return execute_first(pg, pg_name(call->which, name), count);
    if (call->text)
        return pg->pq.PQexecParams(pg->conn, call->text, count, NULL,
                                   params->values, params->lengths,
                                   params->formats, 0);
    return pg->pq.PQexecPrepared(pg->conn, pg_name(call->which, name), count,
                                 params->values, params->lengths,
                                 params->formats, 0);
}

static int run(struct db *db, struct db_call *call, struct err *err)
{
    struct postgres *pg = db->impl;
    PGresult *result = NULL;
    int ret = -1;

    if (call->text
            ? pg_begun(db, err) < 0
            : !pg->prepared[call->which] && prepare(db, call->which, err) < 0)
        goto out;
    result = execute(db, call);
    if (!succeeded(&pg->pq, result)) {
        pg_fail(db, result, err);
        /* Alone it commits as it ends: it may have, before the line broke. */
        db->fate_unknown = db->broken && db->tx == TX_NONE;
        goto out;
    }
    call->changed = pg_changed(&pg->pq, result);
    if (call->rows)
        pg_read_rows(&pg->pq, result, call->rows);
    ret = 0;
out:
    pg->pq.PQclear(result);
    if (ret < 0 && err->code == ERR_BUG && !call->text)
        err_wrap(err, "statement %zu", call->which);
    return ret;
}

static int begin(struct db *db, bool snapshot, struct err *err)
{
    struct postgres *pg = db->impl;

    (void)err;
    pg->begin =
        snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN";
    return 0;
}

static void rollback(struct db *db)
{
    struct postgres *pg = db->impl;
    struct err ignored = {0};

    if (db->broken || pg->begin) {
        pg->begin = NULL;
        return;
    }
    pg_drain(db);
    /* Where even this fails, the connection is gone and with it all. */
    if (!db->broken && command(db, "ROLLBACK", &ignored) < 0)
        db->broken = true;
}

static int commit(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    PGresult *result;
    int ret = 0;

    if (pg->begin) { /* nothing was done */
        pg->begin = NULL;
        return 0;
    }
    result = pg->pq.PQexec(pg->conn, "COMMIT");
    if (!succeeded(&pg->pq, result)) {
        ret = pg_fail(db, result, err);
        db->fate_unknown = db->broken;
    } else if (strcmp(pg->pq.PQcmdStatus(result), "COMMIT") != 0) {
        /* "ROLLBACK": the server had seen an error that we had not. */
        ret = err_set(err, ERR_BUG, "the server rolled the transaction back");
    }
    pg->pq.PQclear(result);
    return ret;
}

static int script(struct db *db, const char *text, struct err *err)
{
    return pg_begun(db, err) < 0 ? -1 : command(db, text, err);
}

static int checkpoint(struct db *db, struct err *err)
{
    (void)db;
    (void)err;
    return 0; /* the server's own business */
}

static int backup(struct db *db, const char *path, struct err *err)
{
    (void)path;
    err_set(err, ERR_USAGE, "'%s' is a PostgreSQL database", db->url.name);
    return err_hint(err, "use pg_dump");
}

const struct db_driver db_postgres_driver = {
    .open = pg_open,
    .close = pg_close,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .send = pg_send,
    .collect = pg_collect,
    .script = script,
    .checkpoint = checkpoint,
    .backup = backup,
};
