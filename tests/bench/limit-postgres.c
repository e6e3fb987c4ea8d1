/*
 * limit-postgres - what libpq and hiredis can do with our schema
 *
 *     limit-postgres submit CONNINFO SOCKET N
 *     limit-postgres drain CONNINFO SOCKET N
 *
 * The schema was made by `aaos-migrate up`.  submit: COPY, 1000 tasks a
 * transaction, then 1000 numbers in one ZADD.  drain: ZPOPMIN of 1000, then
 * one transaction that finishes what the one before claimed and claims
 * these.  One connection to each, no parsing, one statement for each step.
 */
#include "config.h"

#include "bench.h"

#ifdef HAVE_POSTGRESQL

#include <hiredis/hiredis.h>
#include <libpq-fe.h>

enum { BATCH = 1000, ROW = 400 };

static PGconn *pg;
static redisContext *redis;

static PGresult *run(const char *sql, const char *arg)
{
    PGresult *result =
        PQexecParams(pg, sql, arg ? 1 : 0, NULL, &arg, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
        status != PGRES_COPY_IN)
        bench_die("limit-postgres: %s: %s", sql, PQerrorMessage(pg));
    return result;
}

static void forget(const char *sql, const char *arg)
{
    PQclear(run(sql, arg));
}

/* A prepared statement whose only argument is a list of numbers. */
static PGresult *prepared(const char *name, const char *list)
{
    PGresult *result = PQexecPrepared(pg, name, 1, &list, NULL, NULL, 0);

    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK)
        bench_die("limit-postgres: %s: %s", name, PQerrorMessage(pg));
    return result;
}

static redisReply *call(int argc, const char **argv)
{
    redisReply *reply = redisCommandArgv(redis, argc, argv, NULL);

    if (!reply || reply->type == REDIS_REPLY_ERROR)
        bench_die("limit-postgres: redis: %s",
                  reply ? reply->str : redis->errstr);
    return reply;
}

/* ---------------------------------------------------------------- submit */

static int64_t first_seq(long count)
{
    char text[24];
    PGresult *result;
    int64_t seq;

    snprintf(text, sizeof(text), "%ld", count);
    result =
        run("SELECT setval('tasks_seq', nextval('tasks_seq') + $1) - $1", text);
    seq = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return seq;
}

static void copy(const char *sql, char (*rows)[ROW], long count)
{
    PGresult *result;
    long i;

    forget(sql, NULL);
    for (i = 0; i < count; i++)
        PQputCopyData(pg, rows[i], (int)strlen(rows[i]));
    PQputCopyEnd(pg, NULL);
    while ((result = PQgetResult(pg))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            bench_die("limit-postgres: copy: %s", PQerrorMessage(pg));
        PQclear(result);
    }
}

static void make(int64_t seq, char *task, char *body, char *score, char *member)
{
    char id[BENCH_ID_SIZE];
    int64_t at = 1700000000000000 + seq;
    int64_t sort = at - seq % 11 * 300000000;

    bench_id(id, seq);
    snprintf(task, ROW,
             "%" PRId64 "\t%s\tresearch\t%" PRId64 "\tpending\t%" PRId64
             "\t%" PRId64 "\t%" PRId64 "\n",
             seq, id, seq % 11, sort, at, at);
    snprintf(
        body, ROW,
        "%" PRId64 "\tSummarise document number %" PRId64 "\t{\"n\":%" PRId64
        ",\"url\":\"https://example.com/documents/%" PRId64 "\"}\tjson\t%s\n",
        seq, seq, seq, seq, id);
    snprintf(score, 24, "%" PRId64, sort);
    snprintf(member, 24, "%" PRId64, seq);
}

static void submit(long count)
{
    static char tasks[BATCH][ROW], bodies[BATCH][ROW];
    static char words[2 * BATCH][24];
    const char *argv[2 * BATCH + 2] = {"ZADD", "bench:ready"};
    int64_t began = bench_now();
    int64_t seq = first_seq(count);
    long done, n, i;

    for (done = 0; done < count; done += n) {
        n = count - done < BATCH ? count - done : BATCH;
        for (i = 0; i < n; i++) {
            make(seq++, tasks[i], bodies[i], words[2 * i], words[2 * i + 1]);
            argv[2 + 2 * i] = words[2 * i];
            argv[3 + 2 * i] = words[2 * i + 1];
        }
        forget("BEGIN", NULL);
        copy("COPY tasks (seq, task_id, task_type, priority, status, sort_at, "
             "created_at, updated_at) FROM STDIN",
             tasks, n);
        copy("COPY task_bodies (seq, description, payload, payload_format, "
             "correlation_id) FROM STDIN",
             bodies, n);
        forget("COMMIT", NULL);
        freeReplyObject(call((int)(2 * n + 2), argv));
    }
    bench_rate(count, began);
}

/* ----------------------------------------------------------------- drain */

static void prepare(const char *name, const char *sql)
{
    PGresult *result = PQprepare(pg, name, sql, 0, NULL);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        bench_die("limit-postgres: %s: %s", sql, PQerrorMessage(pg));
    PQclear(result);
}

/* "{1,2,3}" of what Redis gave; how many. */
static long pop(char *list, size_t size, long max)
{
    char number[24];
    const char *argv[] = {"ZPOPMIN", "bench:ready", number};
    redisReply *reply;
    size_t len = 0;
    size_t i;
    long n;

    snprintf(number, sizeof(number), "%ld", max);
    reply = call(3, argv);
    for (i = 0; i < reply->elements; i += 2)
        len += (size_t)snprintf(list + len, size - len, "%c%s", i ? ',' : '{',
                                reply->element[i]->str);
    snprintf(list + len, size - len, "%s", len ? "}" : "{}");
    n = (long)reply->elements / 2;
    freeReplyObject(reply);
    return n;
}

static void drain(long count)
{
    static char held[BATCH * 24], next[BATCH * 24];
    int64_t began = bench_now();
    long left = count;
    long n;

    prepare("claim",
            "UPDATE tasks SET status = 'running', attempt = attempt + 1, "
            "agent_id = 'bench', lease_until = 1, started_at = 1, "
            "updated_at = 1 WHERE seq = ANY(CAST($1 AS bigint[])) AND "
            "status || '' = 'pending' RETURNING seq, task_id, attempt");
    prepare("body", "SELECT seq, description, payload, correlation_id FROM "
                    "task_bodies WHERE seq = ANY(CAST($1 AS bigint[]))");
    prepare("attempt",
            "INSERT INTO attempts (seq, attempt, agent_id, outcome, "
            "claimed_at, started_at, finished_at) SELECT seq, attempt, "
            "agent_id, 'completed', started_at, 1, 2 FROM tasks "
            "WHERE seq = ANY(CAST($1 AS bigint[])) AND agent_id = 'bench'");
    prepare("finish",
            "UPDATE tasks SET status = 'completed', finished_at = 2, "
            "updated_at = 2, agent_id = NULL, lease_until = NULL "
            "WHERE seq = ANY(CAST($1 AS bigint[])) AND agent_id = 'bench' "
            "AND status || '' = 'running'");
    do {
        n = pop(next, sizeof(next), left < BATCH ? left : BATCH);
        forget("BEGIN", NULL);
        if (*held) {
            PQclear(prepared("attempt", held));
            PQclear(prepared("finish", held));
        }
        if (n > 0) {
            PGresult *claimed = prepared("claim", next);

            if (PQntuples(claimed) != n)
                bench_die("limit-postgres: a task got away");
            PQclear(claimed);
            PQclear(prepared("body", next));
            memcpy(held, next, sizeof(held));
        }
        forget("COMMIT", NULL);
        left -= n;
    } while (n > 0);
    if (left > 0)
        bench_die("limit-postgres: %ld tasks are missing", left);
    bench_rate(count, began);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        bench_die("usage: limit-postgres submit|drain CONNINFO SOCKET N");
    pg = PQconnectdb(argv[2]);
    if (PQstatus(pg) != CONNECTION_OK)
        bench_die("limit-postgres: %s", PQerrorMessage(pg));
    redis = redisConnectUnix(argv[3]);
    if (!redis || redis->err)
        bench_die("limit-postgres: no Redis at %s", argv[3]);
    if (strcmp(argv[1], "submit") == 0)
        submit(bench_count(argv[4]));
    else
        drain(bench_count(argv[4]));
    PQfinish(pg);
    redisFree(redis);
    return 0;
}

#else

int main(void)
{
    bench_die("limit-postgres: this build knows no PostgreSQL");
}

#endif
