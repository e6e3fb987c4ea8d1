/*
 * db-sqlite-tx.c - transactions on SQLite
 *
 * One that writes holds the lock of db-sqlite-lock.c from before its BEGIN
 * until its end, the checkpoint that a COMMIT may bring included.
 */
#include "config.h"

#include "db/db-sqlite.h"

/* BEGIN, COMMIT: prepared once, like all that runs often. */
static int control(struct db *db, enum sqlite_control which, struct err *err)
{
    static const char *const text[CTL_COUNT] = {
        [CTL_BEGIN] = "BEGIN IMMEDIATE",
        [CTL_SNAPSHOT] = "BEGIN",
        [CTL_COMMIT] = "COMMIT",
    };
    struct sqlite *lite = db->impl;
    sqlite3_stmt **stmt = &lite->control[which];
    int ret = 0;

    if (!*stmt && sqlite_prepare(db, text[which], SQLITE_PREPARE_PERSISTENT,
                                 stmt, err) < 0)
        return -1;
    if (sqlite3_step(*stmt) != SQLITE_DONE)
        ret = sqlite_fail(db, err);
    sqlite3_reset(*stmt);
    return ret;
}

void sqlite_rollback(struct db *db)
{
    struct sqlite *lite = db->impl;

    /* SQLite has undone it by itself after some failures. */
    if (!sqlite3_get_autocommit(lite->handle))
        sqlite3_exec(lite->handle, "ROLLBACK", NULL, NULL, NULL);
    sqlite_unlock(db);
}

int sqlite_begin(struct db *db, bool snapshot, struct err *err)
{
    if (!snapshot && sqlite_lock(db, err) < 0)
        return -1;
    if (control(db, snapshot ? CTL_SNAPSHOT : CTL_BEGIN, err) == 0)
        return 0;
    sqlite_rollback(db);
    return -1;
}

/*
 * When the write or the fsync of a COMMIT fails, its frames may be in the
 * log all the same, and a crash before they are overwritten makes them true.
 */
int sqlite_commit(struct db *db, struct err *err)
{
    int ret = control(db, CTL_COMMIT, err);

    if (ret < 0)
        db->fate_unknown = db->broken;
    sqlite_rollback(db);
    return ret;
}

static int run_script(struct db *db, const char *text, struct err *err)
{
    struct sqlite *lite = db->impl;

    if (sqlite3_exec(lite->handle, text, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(db, err);
    return 0;
}

/* All or nothing, as on PostgreSQL. */
int sqlite_script(struct db *db, const char *text, struct err *err)
{
    if (db->tx != TX_NONE)
        return run_script(db, text, err);
    if (sqlite_begin(db, false, err) < 0)
        return -1;
    if (run_script(db, text, err) == 0)
        return sqlite_commit(db, err);
    sqlite_rollback(db);
    return -1;
}
