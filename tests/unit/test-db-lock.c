/*
 * Several processes on one SQLite file, and what a writer leaves behind
 * when it is killed, refused or out of space.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "db-folder.h"
#include "tap.h"

enum { WRITERS = 4, ROUNDS = 50, BIG = 100000 };

/* Can another descriptor take the writers' lock right now? */
static bool lock_is_free(void)
{
    char *path = xasprintf("%s-lock", url);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool is_free = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

    if (fd >= 0)
        close(fd);
    free(path);
    return is_free;
}

/* Read, think, write: any overlap with another writer loses a count. */
static int add_one(struct db *db)
{
    struct db_arg args[] = {arg_num(1), arg_null()};
    struct db_rows rows = {0};
    int ret = -1;

    if (db_begin(db, &err) < 0)
        return -1;
    if (db_query(db, GET, args, 1, &rows, &err) == 0) {
        char text[24];

        snprintf(text, sizeof(text), "%d", (int)db_num(&rows, 0, 2) + 1);
        args[1] = arg_text(text);
        if (db_exec(db, RETEXT, args, 2, &err) == 1)
            ret = db_commit(db, &err);
    }
    db_rows_release(&rows);
    db_rollback(db);
    return ret;
}

static int writer(void)
{
    struct db *db = open_db();
    int bad = 0;

    for (int i = 0; i < ROUNDS; i++)
        bad += add_one(db) < 0;
    db_close(db);
    return bad;
}

static int creator(void)
{
    struct db *db = open_db();
    int ret = db_script(
        db, "CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)", &err);

    db_close(db);
    return ret < 0;
}

/* Several processes at once; how many did not end well. */
static int in_processes(int (*work)(void))
{
    pid_t pid[WRITERS];
    int bad = 0;

    for (int i = 0; i < WRITERS; i++) {
        pid[i] = fork();
        if (pid[i] == 0)
            _exit(work());
    }
    for (int i = 0; i < WRITERS; i++)
        bad += wait_for(pid[i]) != 0;
    return bad;
}

static void test_writers_take_turns(void)
{
    struct db *db = open_empty();

    put(db, 1, "0");
    db_close(db); /* a connection must not go through a fork */
    ok(in_processes(writer) == 0, "%d writers are never refused", WRITERS);
    db = open_db();
    ok(pragma(db, "SELECT text FROM item") == (int64_t)WRITERS * ROUNDS,
       "and lose none of %d updates", WRITERS * ROUNDS);
    ok(pragma(db, "SELECT count(*) FROM pragma_integrity_check"
                  " WHERE integrity_check = 'ok'") == 1,
       "the file is whole");
    db_close(db);
}

static void test_all_may_create_at_once(void)
{
    struct db *db;

    ok(in_processes(creator) == 0, "%d processes make the same new database",
       WRITERS);
    db = open_db();
    ok(pragma(db, "SELECT count(*) FROM t") == WRITERS, "and all write to it");
    db_close(db);
}

static void test_the_lock(void)
{
    struct db *db = open_empty();
    struct db *reader = open_db();
    char *path = xasprintf("%s-lock", url);

    ok(lock_is_free(), "at rest the lock is free");
    ok(db_begin(db, &err) == 0 && !lock_is_free(), "a transaction holds it");
    ok(put(db, 1, "a") == 1 && count(reader) == 0, "a reader need not wait");
    ok(db_commit(db, &err) == 0 && lock_is_free(), "a commit frees it");
    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == -1 && lock_is_free(),
       "a failed statement frees it");
    db_rollback(db);
    ok(db_begin(db, &err) == 0 && !lock_is_free(), "again");
    db_rollback(db);
    ok(lock_is_free(), "a rollback frees it");
    ok(put(db, 1, "a") == -1 && put(db, 2, "b") == 1 && lock_is_free(),
       "so does a statement alone, failed or not");
    ok(db_snapshot(db, &err) == 0 && lock_is_free(), "a snapshot takes none");
    db_rollback(db);

    ok(unlink(path) == 0 && db_begin(db, &err) == 0 && !lock_is_free(),
       "a removed lock file is made anew, and that one is locked");
    ok(db_reconnect(db, &err) == 0 && lock_is_free(), "a reconnect frees it");
    ok(db_begin(db, &err) == 0 && !lock_is_free(), "once more");
    db_close(db);
    ok(lock_is_free(), "closing frees it");
    free(path);
    db_close(reader);
}

/* A statement alone is a transaction, and queues like one. */
static void test_a_statement_alone_waits_its_turn(void)
{
    const struct itimerval soon = {.it_value.tv_usec = 200000};
    char *path = xasprintf("%s-lock", url);
    struct db *db;
    pid_t pid;
    int fd;

    db_close(open_empty());
    fd = open(path, O_RDWR | O_CLOEXEC);
    ok(fd >= 0 && flock(fd, LOCK_EX) == 0, "somebody holds the lock");
    pid = fork();
    if (pid == 0) {
        close(fd); /* with its copy the child would hold the lock itself */
        db = open_db();
        setitimer(ITIMER_REAL, &soon, NULL);
        put(db, 1, "a");
        _exit(0);
    }
    ok(wait_for(pid) == -SIGALRM, "a single insert waits for it");
    flock(fd, LOCK_UN);
    close(fd);
    db = open_db();
    ok(count(db) == 0, "and has written nothing");
    db_close(db);
    free(path);
}

static void test_a_killed_writer(void)
{
    struct db *db = open_empty();
    int fds[2];
    char byte = 0;
    pid_t pid;

    put(db, 1, "a");
    db_close(db);
    ok(pipe(fds) == 0, "a pipe");
    pid = fork();
    if (pid == 0) {
        db = open_db();
        if (db_begin(db, &err) == 0 && put(db, 2, "b") == 1 &&
            write(fds[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    ok(read(fds[0], &byte, 1) == 1 && !lock_is_free(), "another writes");
    kill(pid, SIGKILL);
    ok(wait_for(pid) == -SIGKILL, "and is killed");
    db = open_db();
    ok(put(db, 3, "c") == 1, "the next one writes");
    ok(count(db) == 2, "the half transaction is gone");
    close(fds[0]);
    close(fds[1]);
    db_close(db);
}

static bool tstp_is_blocked(void)
{
    sigset_t now;

    sigprocmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, SIGTSTP) == 1;
}

static void test_stopping_waits_for_the_end(void)
{
    struct db *db = open_empty();
    sigset_t tstp;

    sigemptyset(&tstp);
    sigaddset(&tstp, SIGTSTP);
    ok(db_begin(db, &err) == 0 && tstp_is_blocked(),
       "^Z waits while a transaction is open");
    ok(db_commit(db, &err) == 0 && !tstp_is_blocked(), "but not longer");
    sigprocmask(SIG_BLOCK, &tstp, NULL);
    ok(put(db, 1, "a") == 1 && tstp_is_blocked(),
       "who had blocked it keeps it blocked");
    sigprocmask(SIG_UNBLOCK, &tstp, NULL);
    db_close(db);
}

/* Somebody who knows nothing of our lock, like sqlite3(1). */
static void test_an_outsider_writes(void)
{
    struct db *db = open_empty();
    sqlite3 *outsider = NULL;

    pragma(db, "PRAGMA busy_timeout = 0");
    ok(sqlite3_open(url, &outsider) == SQLITE_OK &&
           sqlite3_exec(outsider, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
               SQLITE_OK,
       "an outsider begins to write");
    ok(db_begin(db, &err) == -1 && err.code == ERR_TEMP, "we may try again: %s",
       err.msg);
    ok(put(db, 1, "a") == -1 && err.code == ERR_TEMP, "a statement, too");
    ok(lock_is_free() && !tstp_is_blocked(), "nothing is left held");
    sqlite3_exec(outsider, "COMMIT", NULL, NULL, NULL);
    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1 &&
           db_commit(db, &err) == 0,
       "then it is our turn");
    sqlite3_close(outsider);
    db_close(db);
}

static int64_t put_big(struct db *db)
{
    char *text = xcalloc(1, BIG);
    const struct db_arg args[] = {arg_num(9), arg_null(), arg_null(),
                                  arg_null(), arg_blob(text, BIG)};
    int64_t changed = db_exec(db, PUT, args, LENGTH(args), &err);

    free(text);
    return changed;
}

static void test_a_full_disk(void)
{
    struct db *db = open_empty();

    pragma(db, "PRAGMA max_page_count = 10");
    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1 && put_big(db) == -1 &&
           err.code == ERR_IO,
       "a full disk: %s", err.msg);
    ok(db_commit(db, &err) == -1, "the transaction is undone");
    ok(!db_broken(db) && count(db) == 0 && lock_is_free(), "all of it");
    ok(put(db, 1, "a") == 1, "what is small enough still fits");
    pragma(db, "PRAGMA max_page_count = 100000");
    ok(put_big(db) == 1 && count(db) == 2, "with more room it goes on");
    db_close(db);
}

/* Beyond this limit write(2) fails with EFBIG: to SQLite an I/O error. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void test_an_io_error(void)
{
    struct db *db = open_empty();
    bool failed;

    signal(SIGXFSZ, SIG_IGN); /* NOLINT(cert-err33-c): cannot fail */
    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 && put_big(db) == 1,
       "a row waits for its commit");
    limit_files(40000);
    failed = db_commit(db, &err) == -1;
    limit_files(RLIM_INFINITY);
    ok(failed && err.code == ERR_IO, "a failing disk: %s", err.msg);
    ok(db_broken(db) && db_fate_unknown(db), "what it holds is not known");
    ok(lock_is_free() && !tstp_is_blocked(), "the lock is free");
    ok(db_reconnect(db, &err) == 0 && count(db) == 1,
       "opened anew it holds the old rows");
    ok(put_big(db) == 1 && count(db) == 2, "and takes new ones");
    db_close(db);
}

int main(void)
{
    in_new_folder(test_writers_take_turns);
    in_new_folder(test_all_may_create_at_once);
    in_new_folder(test_the_lock);
    in_new_folder(test_a_statement_alone_waits_its_turn);
    in_new_folder(test_a_killed_writer);
    in_new_folder(test_stopping_waits_for_the_end);
    in_new_folder(test_an_outsider_writes);
    in_new_folder(test_a_full_disk);
    in_new_folder(test_an_io_error);
    return tap_done();
}
