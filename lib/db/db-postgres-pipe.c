/*
 * db-postgres-pipe.c - many statements in one round trip
 *
 * The first send enters pipeline mode, a collect leaves it.  A statement
 * that was never prepared gets its PREPARE in front of it in the pipe.
 *
 * Both sides can be full of what the other has not read: so the connection
 * does not block, and whoever waits to write reads as well.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-postgres.h"

/* Bound of what waits in our memory for a slow server. */
enum { UNFLUSHED_MAX = 1 << 20 };

static int lost(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    const char *text = pg->pq.PQerrorMessage(pg->conn);

    db->broken = true;
    return err_set(err, ERR_UNAVAIL, "connection lost: %.*s",
                   (int)strcspn(text, "\n"), text);
}

static int flush_all(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    struct pollfd ready = {.fd = pg->pq.PQsocket(pg->conn)};
    int left;

    while ((left = pg->pq.PQflush(pg->conn)) == 1) {
        ready.events = POLLIN | POLLOUT;
        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
            return lost(db, err);
        if ((ready.revents & POLLIN) && !pg->pq.PQconsumeInput(pg->conn))
            return lost(db, err);
    }
    pg->unflushed = 0;
    return left < 0 ? lost(db, err) : 0;
}

static int enter(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;

    if (pg->pq.PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF)
        return 0;
    if (!pg->sent)
        pg->sent = xcalloc(DB_SEND_MAX, sizeof(*pg->sent));
    pg->unflushed = 0;
    if (pg->pq.PQsetnonblocking(pg->conn, 1) < 0 ||
        !pg->pq.PQenterPipelineMode(pg->conn))
        return lost(db, err);
    return 0;
}

int pg_send(struct db *db, const struct db_call *call, struct err *err)
{
    struct postgres *pg = db->impl;
    struct pg_params *params = &pg->params;
    int count = pg_bind(params, call->args, call->nargs);
    bool prepares = !pg->prepared[call->which];
    char name[PG_NAME_SIZE];

    pg_name(call->which, name);
    if (pg_begun(db, err) < 0 || enter(db, err) < 0)
        return -1;
    if (prepares &&
        !pg->pq.PQsendPrepare(pg->conn, name, db->sql[call->which], 0, NULL))
        return lost(db, err);
    if (!pg->pq.PQsendQueryPrepared(pg->conn, name, count, params->values,
                                    params->lengths, params->formats, 0))
        return lost(db, err);
    /* A failure takes it back, see receive(). */
    pg->prepared[call->which] = true;
    pg->sent[db->sent] =
        (struct pg_sent){.which = call->which, .prepares = prepares};
    pg->unflushed += params->text.len + 64;
    for (size_t i = 0; i < call->nargs; i++)
        pg->unflushed += call->args[i].kind == DB_BLOB ? call->args[i].len : 0;
    return pg->unflushed < UNFLUSHED_MAX ? 0 : flush_all(db, err);
}

/*
 * The results of one thing that was sent, up to the NULL that ends them.
 * changed may be NULL.  After a failure the server skips the rest
 * (PGRES_PIPELINE_ABORTED): err keeps the first.
 */
static int receive(struct db *db, int64_t *changed, struct err *err)
{
    struct postgres *pg = db->impl;
    PGresult *result;
    int ret = 0;
    bool any = false;

    while ((result = pg->pq.PQgetResult(pg->conn))) {
        ExecStatusType status = pg->pq.PQresultStatus(result);

        any = true;
        if (status == PGRES_PIPELINE_ABORTED)
            ret = -1;
        else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            ret = pg_fail(db, result, err);
        else if (changed)
            *changed = pg_changed(&pg->pq, result);
        pg->pq.PQclear(result);
        if (pg->pq.PQstatus(pg->conn) == CONNECTION_BAD)
            return ret < 0 && err->code == ERR_UNAVAIL ? -1 : lost(db, err);
    }
    return any ? ret : lost(db, err);
}

/* Read on to the answer to our Sync, and leave pipeline mode. */
static int finish(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    bool synced = false;

    while (!synced && pg->pq.PQstatus(pg->conn) != CONNECTION_BAD) {
        PGresult *result = pg->pq.PQgetResult(pg->conn);

        synced = pg->pq.PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        pg->pq.PQclear(result);
    }
    if (!synced || !pg->pq.PQexitPipelineMode(pg->conn) ||
        pg->pq.PQsetnonblocking(pg->conn, 0) < 0)
        return lost(db, err);
    return 0;
}

int pg_collect(struct db *db, int64_t *changed, struct err *err)
{
    struct postgres *pg = db->impl;
    struct err later = {0};
    struct err *sink = err;
    int ret = 0;

    if (!pg->pq.PQpipelineSync(pg->conn))
        return lost(db, err);
    if (flush_all(db, err) < 0)
        return -1;
    for (size_t i = 0; i < db->sent && !db->broken; i++) {
        const struct pg_sent *sent = &pg->sent[i];
        int64_t *to = changed ? &changed[i] : NULL;
        bool good = !sent->prepares || receive(db, NULL, sink) == 0;

        if (sent->prepares && !good)
            pg->prepared[sent->which] = false;
        if (!db->broken && receive(db, to, good ? sink : &later) < 0)
            good = false;
        if (!good) {
            ret = -1;
            sink = &later;
        }
    }
    if (!db->broken && finish(db, sink) < 0 && ret == 0)
        ret = -1;
    return db->broken ? -1 : ret;
}

void pg_drain(struct db *db)
{
    struct postgres *pg = db->impl;
    struct err ignored = {0};

    if (!db->broken && pg->pq.PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF)
        pg_collect(db, NULL, &ignored);
}
