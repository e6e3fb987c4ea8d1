/*
 * db-sqlite-copy.c - the log back into the file, the file into a copy
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "db/db-sqlite.h"

/* Long enough for a reader of one page of a list, too short to be felt. */
enum { CHECKPOINT_PATIENCE_MS = 200 };

int sqlite_checkpoint(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    int ret = 0;

    if (db->options.read_only)
        return err_set(err, ERR_BUG, "a checkpoint on a read-only database");
    if (sqlite_lock(db, err) < 0)
        return -1;
    sqlite3_busy_timeout(lite->handle, CHECKPOINT_PATIENCE_MS);
    if (sqlite3_wal_checkpoint_v2(lite->handle, "main",
                                  SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL) != SQLITE_OK)
        ret = sqlite_fail(db, err);
    sqlite3_busy_timeout(lite->handle, SQLITE_PATIENCE_MS);
    sqlite_unlock(db);
    return ret;
}

/* In one step: one snapshot, and writers are not held up by it. */
static int copy_into(struct db *db, sqlite3 *to, const char *path,
                     struct err *err)
{
    struct sqlite *lite = db->impl;
    sqlite3_backup *backup =
        sqlite3_backup_init(to, "main", lite->handle, "main");
    int rc = SQLITE_ERROR;

    if (backup) {
        sqlite3_backup_step(backup, -1);
        rc = sqlite3_backup_finish(backup);
    }
    if (rc == SQLITE_OK)
        return 0;
    return err_set(err,
                   rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? ERR_TEMP : ERR_IO,
                   "cannot write backup '%s': %s", path, sqlite3_errmsg(to));
}

int sqlite_backup(struct db *db, const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    int ret;

    /* See db-sqlite-open.c for mknod(); EEXIST is a refusal here. */
    if (mknod(path, S_IFREG | 0600, 0) < 0)
        return err_errno(err, ERR_CREATE, "cannot create backup '%s'", path);
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        ret = copy_into(db, to, path, err);
    else
        ret = err_set(err, ERR_CREATE, "cannot open backup '%s'", path);
    sqlite3_close(to);
    if (ret < 0)
        unlink(path);
    return ret;
}
