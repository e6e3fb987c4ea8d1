/*
 * db-postgres-open.c - connecting, and what the server's refusals mean
 *
 * libpq's own connect_timeout counts for each address it tries, so the
 * connection is made step by step against one deadline.  While it is made
 * messages are verbose: that is the only way to see the SQLSTATE of a
 * refusal, and so to tell a wrong name (78) from a server that is away (69).
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "db/db-postgres.h"

enum { CONNECT_SECONDS = 5 };

enum err_code pg_classify(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum err_code code;
    } classes[] = {
        {"40001", ERR_TEMP},    /* serialization failure */
        {"40P01", ERR_TEMP},    /* deadlock */
        {"55P03", ERR_TEMP},    /* lock_timeout */
        {"57014", ERR_TEMP},    /* statement cancelled */
        {"08P01", ERR_BUG},     /* wrong number of parameters, and such */
        {"08", ERR_UNAVAIL},    /* connection exception */
        {"57P", ERR_UNAVAIL},   /* shutting down, starting up */
        {"25P03", ERR_UNAVAIL}, /* idle in transaction for too long */
        {"53300", ERR_UNAVAIL}, /* too many connections */
        {"53", ERR_IO},         /* disk full, out of memory */
        {"58", ERR_IO},         /* the server's I/O */
        {"XX001", ERR_IO},      /* data corrupted */
        {"XX002", ERR_IO},      /* index corrupted */
        {"22", ERR_DATA},       /* a value does not fit */
        {"23", ERR_DATA},       /* a constraint */
        {"54", ERR_DATA},       /* a value too large */
        {"P0001", ERR_DATA},    /* a trigger refused */
        {"42P01", ERR_CONFIG},  /* no such table */
        {"3D000", ERR_CONFIG},  /* no such database */
        {"3F000", ERR_CONFIG},  /* no such schema */
        {"28", ERR_CONFIG},     /* wrong user or password */
        {"42501", ERR_CONFIG},  /* no privilege */
    };

    for (size_t i = 0; i < LENGTH(classes); i++)
        if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) ==
            0)
            return classes[i].code;
    return ERR_BUG;
}

/* The SQLSTATE in 'FATAL:  3D000: database "x" does not exist', or NULL. */
static const char *find_sqlstate(const char *text)
{
    const char *at = text;

    while ((at = strstr(at, ":  "))) {
        at += 3;
        if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
            at[5] == ':')
            return at;
    }
    return NULL;
}

/* Of several lines the first says what; what follows are guesses. */
static int connect_failed(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    const char *text = pg->pq.PQerrorMessage(pg->conn);
    const char *state = find_sqlstate(text);
    enum err_code code = state ? pg_classify(state) : ERR_UNAVAIL;

    if (pg->pq.PQconnectionNeedsPassword(pg->conn))
        code = ERR_CONFIG;
    if (state)
        text = state + 7;
    err_set(err, code, "cannot connect to '%s': %.*s", db->url.name,
            (int)strcspn(text, "\n"), text);
    if (pg->pq.PQconnectionNeedsPassword(pg->conn))
        err_hint(err, "put the password into the file that PGPASSFILE names");
    return -1;
}

static int wait_socket(int fd, bool reading, int64_t deadline)
{
    struct pollfd ready = {.fd = fd, .events = reading ? POLLIN : POLLOUT};
    int got;

    do {
        int64_t left = deadline - clock_mono();

        if (left <= 0)
            return -1;
        got = poll(&ready, 1, (int)(left / USEC_PER_MSEC) + 1);
    } while (got == 0 || (got < 0 && errno == EINTR));
    return 0;
}

static int connect_steps(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    int64_t deadline = clock_mono() + CONNECT_SECONDS * USEC_PER_SEC;
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;

    while (step != PGRES_POLLING_OK) {
        if (pg->pq.PQstatus(pg->conn) == CONNECTION_BAD ||
            step == PGRES_POLLING_FAILED)
            return connect_failed(db, err);
        if (wait_socket(pg->pq.PQsocket(pg->conn),
                        step == PGRES_POLLING_READING, deadline) < 0)
            return err_set(err, ERR_UNAVAIL,
                           "cannot connect to '%s': no answer within %d s",
                           db->url.name, CONNECT_SECONDS);
        step = pg->pq.PQconnectPoll(pg->conn);
    }
    return 0;
}

/*
 * Before "dbname" stand defaults that the URL may change, behind it what it
 * may not.  A host that vanished is noticed in half a lease.
 */
static PGconn *start(struct db *db)
{
    struct postgres *pg = db->impl;
    const char *const keys[] = {
        "keepalives_idle",           "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout",
        "fallback_application_name", "dbname",
        "client_encoding",           NULL};
    const char *const values[] = {
        "5", "3", "3", "15000", db->program, db->url.target, "UTF8", NULL};

    return pg->pq.PQconnectStartParams(keys, values, 1);
}

static void be_quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/*
 * In one round trip.  A forgotten transaction must not hold up the others;
 * compiling plans of a few rows to machine code costs 0.1 s and gains none.
 */
static int set_up(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    const char *text = db->options.read_only
                           ? "SET idle_in_transaction_session_timeout TO '60s';"
                             "SET lock_timeout TO '10s'; SET jit TO off;"
                             "SET default_transaction_read_only TO on"
                           : "SET idle_in_transaction_session_timeout TO '60s';"
                             "SET lock_timeout TO '10s'; SET jit TO off";
    PGresult *result = pg->pq.PQexec(pg->conn, text);
    int ret = 0;

    if (pg->pq.PQresultStatus(result) != PGRES_COMMAND_OK)
        ret = pg_fail(db, result, err);
    pg->pq.PQclear(result);
    return ret;
}

/* What libpq says of a malformed URL may quote its password. */
static int check_url(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;
    PQconninfoOption *parts = pg->pq.PQconninfoParse(db->url.target, NULL);

    if (!parts)
        return err_set(err, ERR_USAGE, "malformed database URL '%s'",
                       db->url.name);
    pg->pq.PQconninfoFree(parts);
    return 0;
}

static int connect_server(struct db *db, struct err *err)
{
    struct postgres *pg = db->impl;

    if (libpq_load(&pg->pq, err) < 0 || check_url(db, err) < 0)
        return -1;
    pg->conn = start(db);
    if (!pg->conn)
        return err_set(err, ERR_OS, "out of memory");
    pg->pq.PQsetNoticeProcessor(pg->conn, be_quiet, NULL);
    pg->pq.PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
    if (connect_steps(db, err) < 0)
        return -1;
    pg->pq.PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
    return set_up(db, err);
}

int pg_open(struct db *db, struct err *err)
{
    struct postgres *pg = xcalloc(1, sizeof(*pg));

    pg->prepared = xcalloc(db->options.count + 1, sizeof(*pg->prepared));
    db->impl = pg;
    if (connect_server(db, err) == 0)
        return 0;
    pg_close(db);
    return -1;
}

void pg_close(struct db *db)
{
    struct postgres *pg = db->impl;

    if (!pg)
        return;
    if (pg->conn)
        pg->pq.PQfinish(pg->conn);
    libpq_unload(&pg->pq);
    pg_params_release(&pg->params);
    free(pg->prepared);
    free(pg->sent);
    free(pg);
    db->impl = NULL;
}
