/*
 * db-sqlite.h - what the files of the SQLite driver share
 */
#ifndef AAOS_DB_DB_SQLITE_H
#define AAOS_DB_DB_SQLITE_H

#include <sqlite3.h>

#include "db/db-driver.h"

enum sqlite_control { CTL_BEGIN, CTL_SNAPSHOT, CTL_COMMIT, CTL_COUNT };

struct sqlite {
    sqlite3 *handle;
    sqlite3_stmt **stmts; /* db->options.count of them, made when needed */
    sqlite3_stmt *control[CTL_COUNT];
    int64_t *changed; /* of the statements sent; DB_SEND_MAX of them */
    int frames;       /* in the write-ahead log, as of our last commit */
    int lock_fd;
    bool locked;
    bool unblock_tstp; /* by sqlite_unlock() */
};

enum { SQLITE_PATIENCE_MS = 10000 };

/* The last failure of the handle, as an error of ours.  Always -1. */
int sqlite_fail(struct db *db, struct err *err);

/* One statement and nothing behind it. */
int sqlite_prepare(struct db *db, const char *text, unsigned flags,
                   sqlite3_stmt **stmt, struct err *err);

int sqlite_open(struct db *db, struct err *err);
void sqlite_close(struct db *db);

/*
 * The one lock that every writer queues for, also across processes; SIGTSTP
 * is blocked while it is held.  Not recursive.
 */
int sqlite_lock(struct db *db, struct err *err);
/* The same, unless somebody else has it. */
bool sqlite_try_lock(struct db *db);
void sqlite_unlock(struct db *db);

int sqlite_begin(struct db *db, bool snapshot, struct err *err);
int sqlite_commit(struct db *db, struct err *err);
void sqlite_rollback(struct db *db);
int sqlite_script(struct db *db, const char *text, struct err *err);

int sqlite_checkpoint(struct db *db, struct err *err);
int sqlite_backup(struct db *db, const char *path, struct err *err);

#endif
