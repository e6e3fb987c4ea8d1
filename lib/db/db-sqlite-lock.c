/*
 * db-sqlite-lock.c - one writer at a time, in the order of asking
 *
 * SQLite's own lock is taken by polling with growing pauses: a busy writer
 * starves the others for half a second and more.  flock(2) queues them.  It
 * also keeps writers and checkpoints of two processes apart, which SQLite
 * before 3.51.3 needs for the safety of a WAL database.  The kernel frees
 * the lock of a process that dies.
 *
 * A process stopped by ^Z while it holds the lock would stop everybody, so
 * SIGTSTP waits until the lock is free again.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "db/db-sqlite.h"

static void block_tstp(struct sqlite *lite)
{
    sigset_t tstp;
    sigset_t old;

    sigemptyset(&tstp);
    sigaddset(&tstp, SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &tstp, &old);
    lite->unblock_tstp = sigismember(&old, SIGTSTP) == 0;
}

static void unblock_tstp(struct sqlite *lite)
{
    sigset_t tstp;

    if (!lite->unblock_tstp)
        return;
    lite->unblock_tstp = false;
    sigemptyset(&tstp);
    sigaddset(&tstp, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &tstp, NULL);
}

static int open_lock(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    char *path = xasprintf("%s-lock", db->path);

    lite->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lite->lock_fd < 0)
        err_errno(err, errno == EMFILE || errno == ENFILE ? ERR_OS : ERR_CONFIG,
                  "cannot open lock file '%s'", path);
    free(path);
    return lite->lock_fd < 0 ? -1 : 0;
}

/*
 * Somebody removed or replaced the file beneath us.  SQLite would go on
 * writing where nobody will ever read.
 */
static int check_in_place(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    int moved = 0;

    sqlite3_file_control(lite->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (!moved)
        return 0;
    db->broken = true;
    return err_set(err, ERR_UNAVAIL, "database '%s' was removed or replaced",
                   db->path);
}

/* Our descriptor is on the file that is called "-lock" now. */
static bool lock_is_current(const struct sqlite *lite)
{
    struct stat st;

    return fstat(lite->lock_fd, &st) == 0 && st.st_nlink > 0;
}

static int take(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;

    for (;;) {
        if (check_in_place(db, err) < 0 ||
            (lite->lock_fd < 0 && open_lock(db, err) < 0))
            return -1;
        while (flock(lite->lock_fd, LOCK_EX) < 0)
            if (errno != EINTR)
                return err_errno(err, ERR_OS, "cannot lock database '%s'",
                                 db->path);
        if (lock_is_current(lite))
            return 0;
        file_close(&lite->lock_fd);
    }
}

int sqlite_lock(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;

    block_tstp(lite);
    if (take(db, err) < 0) {
        unblock_tstp(lite);
        return -1;
    }
    lite->locked = true;
    return 0;
}

bool sqlite_try_lock(struct db *db)
{
    struct sqlite *lite = db->impl;
    struct err err = {0};

    if (check_in_place(db, &err) < 0 || lite->lock_fd < 0)
        return false;
    block_tstp(lite);
    if (flock(lite->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        lite->locked = true;
        if (lock_is_current(lite))
            return true;
        sqlite_unlock(db);
        return false;
    }
    unblock_tstp(lite);
    return false;
}

void sqlite_unlock(struct db *db)
{
    struct sqlite *lite = db->impl;

    if (!lite->locked)
        return;
    lite->locked = false;
    flock(lite->lock_fd, LOCK_UN);
    unblock_tstp(lite);
}
