/*
 * db-folder.h - a new folder with a new SQLite database for each test
 */
#ifndef AAOS_TESTS_DB_FOLDER_H
#define AAOS_TESTS_DB_FOLDER_H

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db-items.h"

static char *folder;

ATTR_UNUSED
static void in_new_folder(void (*test)(void))
{
    char *path;

    folder = make_folder();
    url = path = xasprintf("%s/test.db", folder);
    test();
    free(path);
    drop_folder(folder);
}

/* What is called `name` there; st_size is -1 when nothing is. */
ATTR_UNUSED
static struct stat stat_of(const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct stat st = {0};

    if (lstat(path, &st) < 0)
        st.st_size = -1;
    free(path);
    return st;
}

ATTR_UNUSED
static int64_t pragma(struct db *db, const char *text)
{
    struct db_rows rows = {0};
    int64_t got = -1;

    if (db_adhoc(db, text, NULL, 0, &rows, &err) == 0)
        got = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return got;
}

/* Wait for a child; its exit status, or minus the signal that ended it. */
ATTR_UNUSED
static int wait_for(pid_t pid)
{
    int status = 0;

    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
