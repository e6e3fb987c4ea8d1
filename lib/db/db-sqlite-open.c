/*
 * db-sqlite-open.c - from a path to a connection that is safe to write on
 *
 * The path is made absolute, its folder without symbolic links, so that all
 * programs agree on the name of the lock file.  A new file is made with
 * mknod(2): made and closed with open(2), a file that this process has open
 * a second time would lose SQLite's locks on it (POSIX record locks go with
 * the first close).
 *
 * Opening is on the way of every aaos-submit, so it checks no more than that
 * the file is a database.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "db/db-sqlite.h"

/* Frames of the write-ahead log, a page each: 16 and 2 MiB. */
enum { CHECKPOINT = 2000, LONG_LOG = 250 };

static void sql_now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct db *db = sqlite3_user_data(context);

    (void)argc;
    (void)argv;
    sqlite3_result_int64(context, db->wall ? *db->wall : clock_wall());
}

static void sql_lease_now(sqlite3_context *context, int argc,
                          sqlite3_value **argv)
{
    const struct db *db = sqlite3_user_data(context);

    (void)argc;
    (void)argv;
    sqlite3_result_int64(context, db->lease ? *db->lease : clock_boot());
}

/* The folder of a path, absolute and without links; NULL with err. */
static char *real_folder(const char *path, bool create, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? xstrdup(".")
                   : slash == path
                       ? xstrdup("/")
                       : xasprintf("%.*s", (int)(slash - path), path);
    char *real = realpath(folder, NULL);

    if (!real && errno == ENOENT && create && file_mkdir(folder, err) == 0)
        real = realpath(folder, NULL);
    else if (!real && errno == ENOENT && create)
        goto out; /* file_mkdir() has said why */
    if (!real)
        err_errno(err, errno == ENOENT ? ERR_NOINPUT : ERR_CONFIG,
                  "cannot open database '%s'", path);
out:
    free(folder);
    return real;
}

/* The one name that all programs have for the file; NULL with err. */
static char *absolute_path(const char *path, bool create, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    char *folder = NULL;
    char *absolute;
    bool remote;

    if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        err_set(err, ERR_CONFIG, "database '%s' is a directory", path);
    else
        folder = real_folder(path, create, err);
    if (!folder)
        return NULL;
    absolute = xasprintf("%s/%s", strcmp(folder, "/") ? folder : "", base);
    remote = file_is_remote(folder) || file_is_remote(absolute);
    free(folder);
    if (!remote)
        return absolute;
    err_set(err, ERR_CONFIG, "database '%s' is on a network file system",
            absolute);
    err_hint(err, "SQLite's locks do not hold there: use a local disk, or "
                  "PostgreSQL");
    free(absolute);
    return NULL;
}

/* The file is there (made if need be) and of the right kind. */
static int check_file(const char *path, bool create, struct err *err)
{
    struct stat st;

    if (create && mknod(path, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
        return err_errno(err, ERR_CREATE, "cannot create database '%s'", path);
    if (lstat(path, &st) < 0)
        return err_errno(err, errno == ENOENT ? ERR_NOINPUT : ERR_CONFIG,
                         "cannot open database '%s'", path);
    if (S_ISLNK(st.st_mode)) {
        err_set(err, ERR_CONFIG, "database '%s' is a symbolic link", path);
        return err_hint(err, "give the path of the file itself");
    }
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_CONFIG, "database '%s' is a directory", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "database '%s' is not a regular file",
                       path);
    return 0;
}

static int open_fail(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    int why = lite->handle ? sqlite3_system_errno(lite->handle) : 0;

    switch (sqlite3_errcode(lite->handle) & 0xff) {
    case SQLITE_NOTADB:
        return err_set(err, ERR_CONFIG, "'%s' is not an SQLite database",
                       db->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        /* The file is there: what is missing is its log, which a folder that
         * cannot be written keeps from being made. */
        errno = why && why != ENOENT ? why : EACCES;
        return err_errno(err, ERR_CONFIG, "cannot open database '%s'",
                         db->path);
    default:
        sqlite_fail(db, err);
        return err_wrap(err, "cannot open database '%s'", db->path);
    }
}

/*
 * After each commit, under the lock: how long the log has become.  From
 * CHECKPOINT frames on it is copied into the database and begins anew.
 */
static int on_commit(void *ctx, sqlite3 *handle, const char *name, int frames)
{
    struct sqlite *lite = ctx;

    lite->frames = frames;
    /* What was committed is safe, whatever becomes of this. */
    if (frames >= CHECKPOINT)
        sqlite3_wal_checkpoint(handle, name);
    return SQLITE_OK;
}

/* Settings of the connection; the first look into the file happens here. */
static int set_up(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    const int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
    static const int on[] = {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                             SQLITE_DBCONFIG_ENABLE_FKEY,
                             SQLITE_DBCONFIG_DEFENSIVE};

    /* A statement that runs needs dozens of small pieces of memory. */
    sqlite3_db_config(lite->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 1200, 200);
    for (size_t i = 0; i < LENGTH(on); i++)
        sqlite3_db_config(lite->handle, on[i], 1, NULL);
    sqlite3_db_config(lite->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(lite->handle, SQLITE_PATIENCE_MS);
    /* Not deterministic: a clock moves while a statement runs. */
    sqlite3_create_function(lite->handle, "aaos_now", 0, flags, db, sql_now,
                            NULL, NULL);
    sqlite3_create_function(lite->handle, "aaos_lease_now", 0, flags, db,
                            sql_lease_now, NULL, NULL);
    if (sqlite3_exec(lite->handle,
                     db->options.read_only
                         ? "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
                           "PRAGMA cache_size = -4096;"
                         : "PRAGMA synchronous = FULL;"
                           "PRAGMA temp_store = MEMORY;"
                           "PRAGMA cache_size = -4096;"
                           "PRAGMA journal_size_limit = 67108864;",
                     NULL, NULL, NULL) != SQLITE_OK)
        return open_fail(db, err);
    if (!db->options.read_only)
        sqlite3_wal_hook(lite->handle, on_commit, lite);
    return 0;
}

static int connect_file(struct db *db, int mode, struct err *err)
{
    struct sqlite *lite = db->impl;

    /* Nobody reads the statistics, and each allocation would take a lock
     * for them.  Refused, rightly, after the first connection. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open_v2(db->path, &lite->handle,
                        mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                            SQLITE_OPEN_PRIVATECACHE,
                        NULL) != SQLITE_OK)
        return open_fail(db, err);
    if (set_up(db, err) < 0)
        return -1;
    if (!db->options.read_only && sqlite3_db_readonly(lite->handle, "main"))
        return err_set(err, ERR_CONFIG,
                       "cannot write to database '%s': permission denied",
                       db->path);
    return 0;
}

static int journal_mode(struct db *db, const char *pragma, bool *wal,
                        struct err *err)
{
    struct sqlite *lite = db->impl;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(lite->handle, pragma, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(stmt, 0);

        *wal = mode && strcmp(mode, "wal") == 0;
    } else {
        sqlite_fail(db, err);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? 0 : -1;
}

/*
 * A new database becomes a WAL database once, under the lock.  Its pages have
 * 8 KiB: tasks of one priority lie among those of others, and with twice as
 * many on a page half as many pages are read, logged and copied for them.
 */
static int ensure_wal(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    bool wal = false;
    int ret;

    if (journal_mode(db, "PRAGMA journal_mode", &wal, err) < 0)
        return -1;
    if (wal)
        return 0;
    if (sqlite_lock(db, err) < 0)
        return -1;
    sqlite3_exec(lite->handle, "PRAGMA page_size = 8192", NULL, NULL, NULL);
    ret = journal_mode(db, "PRAGMA journal_mode = WAL", &wal, err);
    sqlite_unlock(db);
    if (ret == 0 && !wal)
        ret = err_set(err, ERR_CONFIG,
                      "database '%s' cannot use a write-ahead log", db->path);
    return ret;
}

int sqlite_open(struct db *db, struct err *err)
{
    struct sqlite *lite = xcalloc(1, sizeof(*lite));
    /* Never on a reconnect: an empty queue must not replace a lost one. */
    bool create = db->options.create && !db->options.read_only && !db->path;
    int ret;

    lite->lock_fd = -1;
    lite->stmts = xcalloc(db->options.count + 1, sizeof(sqlite3_stmt *));
    db->impl = lite;
    if (!db->path)
        db->path = absolute_path(db->url.target, create, err);
    if (!db->path || check_file(db->path, create, err) < 0)
        ret = -1;
    else
        ret = connect_file(db, SQLITE_OPEN_READWRITE, err);
    if (ret < 0 && lite->handle && db->options.read_only) {
        /* A folder that cannot be written may still be readable. */
        sqlite3_close(lite->handle);
        lite->handle = NULL;
        ret = connect_file(db, SQLITE_OPEN_READONLY, err);
    }
    if (ret == 0 && !db->options.read_only)
        ret = ensure_wal(db, err);
    if (ret < 0)
        sqlite_close(db);
    return ret;
}

/*
 * Whoever opens the database when nobody else has it open reads the whole log
 * first, 5 us a frame.  So the last one who leaves copies a long one, under
 * the lock, and leaves an empty one: SQLite knows whether he is the last.
 */
static void leave_short_log(struct db *db)
{
    struct sqlite *lite = db->impl;
    int keep = 1;

    if (lite->frames < LONG_LOG || !sqlite_try_lock(db))
        return;
    sqlite3_file_control(lite->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    sqlite3_db_config(lite->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

void sqlite_close(struct db *db)
{
    struct sqlite *lite = db->impl;

    if (!lite)
        return;
    sqlite_unlock(db);
    for (size_t i = 0; i < db->options.count; i++)
        sqlite3_finalize(lite->stmts[i]);
    for (size_t i = 0; i < CTL_COUNT; i++)
        sqlite3_finalize(lite->control[i]);
    if (lite->handle)
        leave_short_log(db);
    sqlite3_close(lite->handle);
    sqlite_unlock(db);
    file_close(&lite->lock_fd);
    free(lite->stmts);
    free(lite->changed);
    free(lite);
    db->impl = NULL;
}
