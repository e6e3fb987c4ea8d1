/*
 * db-postgres.h - what the files of the PostgreSQL driver share
 */
#ifndef AAOS_DB_DB_POSTGRES_H
#define AAOS_DB_DB_POSTGRES_H

#include <libpq-fe.h>

#include "db/db-driver.h"

/* Every function of libpq that we call. */
#define LIBPQ_FUNCTIONS(X)       \
    X(PQclear)                   \
    X(PQcmdStatus)               \
    X(PQcmdTuples)               \
    X(PQconnectPoll)             \
    X(PQconnectStartParams)      \
    X(PQconnectionNeedsPassword) \
    X(PQconninfoFree)            \
    X(PQconninfoParse)           \
    X(PQconsumeInput)            \
    X(PQenterPipelineMode)       \
    X(PQerrorMessage)            \
    X(PQexec)                    \
    X(PQexecParams)              \
    X(PQexecPrepared)            \
    X(PQexitPipelineMode)        \
    X(PQfinish)                  \
    X(PQflush)                   \
    X(PQfreemem)                 \
    X(PQftype)                   \
    X(PQgetResult)               \
    X(PQgetisnull)               \
    X(PQgetlength)               \
    X(PQgetvalue)                \
    X(PQnfields)                 \
    X(PQntuples)                 \
    X(PQpipelineStatus)          \
    X(PQpipelineSync)            \
    X(PQprepare)                 \
    X(PQresultErrorField)        \
    X(PQresultStatus)            \
    X(PQsendPrepare)             \
    X(PQsendQueryParams)         \
    X(PQsendQueryPrepared)       \
    X(PQsetErrorVerbosity)       \
    X(PQsetNoticeProcessor)      \
    X(PQsetnonblocking)          \
    X(PQsocket)                  \
    X(PQstatus)                  \
    X(PQunescapeBytea)

struct libpq {
    void *handle;
#define X(name) __typeof__(name) *(name);
    LIBPQ_FUNCTIONS(X)
#undef X
};

int libpq_load(struct libpq *pq, struct err *err);
void libpq_unload(struct libpq *pq);

/* The arguments of one statement as libpq takes them; reused. */
struct pg_params {
    const char **values;
    int *lengths;
    int *formats;
    size_t cap;
    struct buf text;
};

/* A statement in the pipeline. */
struct pg_sent {
    size_t which;
    bool prepares; /* its PREPARE went ahead of it */
};

struct postgres {
    struct libpq pq;
    PGconn *conn;
    bool *prepared;    /* db->options.count of them */
    const char *begin; /* BEGIN, not yet sent */
    struct pg_params params;
    struct pg_sent *sent; /* DB_SEND_MAX of them */
    size_t unflushed;     /* bytes sent since libpq's buffer was empty */
};

enum { PG_NAME_SIZE = 24 };
/* The name under which a statement is prepared; returns name. */
char *pg_name(size_t which, char name[PG_NAME_SIZE]);

int pg_open(struct db *db, struct err *err);
void pg_close(struct db *db);

/* The class of an SQLSTATE. */
enum err_code pg_classify(const char *sqlstate);
/* A result that is no success (NULL: none came); not freed.  Always -1. */
int pg_fail(struct db *db, const PGresult *result, struct err *err);

/* Lay out the arguments; returns their number as libpq wants it. */
int pg_bind(struct pg_params *params, const struct db_arg *args, size_t nargs);
void pg_params_release(struct pg_params *params);
void pg_read_rows(const struct libpq *pq, const PGresult *result,
                  struct db_rows *rows);
/* Rows inserted, updated or deleted. */
int64_t pg_changed(const struct libpq *pq, PGresult *result);

/* The transaction has begun at the server, too. */
int pg_begun(struct db *db, struct err *err);
int pg_send(struct db *db, const struct db_call *call, struct err *err);
int pg_collect(struct db *db, int64_t *changed, struct err *err);
/* Leave pipeline mode, whatever is still in it. */
void pg_drain(struct db *db);

#endif
