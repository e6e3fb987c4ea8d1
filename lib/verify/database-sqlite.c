/*
 * database-sqlite.c - the file, its log, its lock
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/mem.h"
#include "verify/database.h"

/* A transaction of the programs and its log fit into this. */
#define ROOM (16 * INT64_C(1048576))
/* The log is cut at 64 MiB; ten times that says that nobody can. */
#define LOG_LIMIT (640 * INT64_C(1048576))
/* Below it SQLite may corrupt a WAL database when one connection writes
 * while another checkpoints: aaos has a lock against that. */
#define SAFE_WITHOUT_LOCK 3051003

/* "ok", or a line for each thing that is wrong. */
static void check_integrity(struct verify *verify, struct db *db)
{
    verify_begin(verify, "integrity", "pages, rows and indexes are sound");
    verify_list(verify, db,
                "SELECT 'file', integrity_check"
                "  FROM pragma_integrity_check(100)"
                " WHERE integrity_check <> 'ok' LIMIT 100");
    verify_end(verify);
}

static void check_references(struct verify *verify, struct db *db)
{
    verify_begin(verify, "references", "no row refers to one that is missing");
    verify_list(verify, db,
                "SELECT \"table\" || coalesce(' row ' || rowid, ''),"
                "       'refers to a row of ' || parent || ' that is missing'"
                "  FROM pragma_foreign_key_check LIMIT 1000");
    verify_end(verify);
}

/* Through its table: a bare PRAGMA counts as one that may write. */
static void judge(struct verify *verify, struct db *db, const char *pragma,
                  const char *want, const char *why)
{
    struct err err = {0};
    char *sql = xasprintf("SELECT * FROM pragma_%s", pragma);
    char *value = verify_ask(db, sql, &err);

    if (!value)
        verify_unknown(verify, &err);
    else if (strcmp(value, want) != 0)
        verify_offend(verify, pragma, "is '%s', not '%s': %s", value, want,
                      why);
    free(value);
    free(sql);
}

static void check_durability(struct verify *verify, struct db *db,
                             struct db *writer)
{
    verify_begin(verify, "durability", "a commit survives the loss of power");
    judge(verify, db, "journal_mode", "wal",
          "readers and writers wait for each other");
    if (writer) {
        judge(verify, writer, "synchronous", "2",
              "the last commits may be lost");
        judge(verify, writer, "foreign_keys", "1",
              "rows may refer to missing ones");
    }
    verify_end(verify);
}

/* Everybody who writes takes the lock on this file. */
static void check_lock(struct verify *verify, struct db *db)
{
    struct err err = {0};
    char *path = xasprintf("%s-lock", db_path(db));
    char *version = verify_ask(db, "SELECT sqlite_version()", &err);
    int major = 0;
    int minor = 0;
    int patch = 0;
    struct stat st;

    verify_begin(verify, "locking", "this SQLite is safe with several writers");
    if (!version) {
        verify_unknown(verify, &err);
    } else {
        char *rest = version;

        major = (int)strtol(rest, &rest, 10);
        minor = (int)strtol(*rest ? rest + 1 : rest, &rest, 10);
        patch = (int)strtol(*rest ? rest + 1 : rest, NULL, 10);
        verify_note(verify, "SQLite %s", version);
    }
    if (version && major * 1000000 + minor * 1000 + patch < SAFE_WITHOUT_LOCK) {
        if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
            verify_offend(verify, path, "is not a regular file");
        else if (access(path, W_OK) < 0)
            verify_offend(verify, path, "%s", strerror(errno));
    }
    verify_end(verify);
    free(version);
    free(path);
}

/* Others who can write the file need no program of ours. */
static void check_files(struct verify *verify, struct db *db)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};

    verify_begin(verify, "files", "the files belong to their owner alone");
    for (size_t i = 0; i < LENGTH(ends); i++) {
        char *path = xasprintf("%s%s", db_path(db), ends[i]);
        struct stat st;

        if (lstat(path, &st) == 0 && (st.st_mode & S_IWOTH))
            verify_offend(verify, path, "can be written by everybody");
        if (i == 1 && lstat(path, &st) == 0 && st.st_size > LOG_LIMIT)
            verify_offend(verify, path,
                          "has %lld bytes: somebody has been reading for too "
                          "long, it cannot be cut",
                          (long long)st.st_size);
        free(path);
    }
    verify_end(verify);
}

static void check_room(struct verify *verify, struct db *db)
{
    struct statvfs fs;
    struct err err = {0};

    verify_begin(verify, "room", "the disk has room");
    if (statvfs(db_path(db), &fs) < 0) {
        err_errno(&err, ERR_IO, "cannot look at '%s'", db_path(db));
        verify_unknown(verify, &err);
    } else if ((int64_t)fs.f_bavail * (int64_t)fs.f_frsize < ROOM) {
        verify_offend(verify, db_path(db), "only %lld bytes are free",
                      (long long)fs.f_bavail * (long long)fs.f_frsize);
    } else if (fs.f_files > 0 && fs.f_favail == 0) {
        verify_offend(verify, db_path(db), "no file can be made any more");
    }
    verify_end(verify);
}

void verify_sqlite(struct verify *verify, struct db *db, struct db *writer)
{
    check_integrity(verify, db);
    check_references(verify, db);
    check_durability(verify, db, writer);
    check_lock(verify, db);
    check_files(verify, db);
    check_room(verify, db);
}
