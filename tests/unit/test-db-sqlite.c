/*
 * What only SQLite promises: the file, its settings and its copies.
 */
#include "config.h"

#include <string.h>

#include "db-folder.h"
#include "tap.h"

static void put_file(const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    if (file) {
        fputs(text, file);
        fclose(file);
    }
    free(path);
}

/* Try to open `name`; the class of the refusal, or ERR_NONE. */
static enum err_code refusal(const char *name, bool create)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct db_options how = options;
    struct db *db = NULL;
    int ret;

    how.create = create;
    err_clear(&err);
    ret = db_open(path, &how, &db, &err);
    if (ret == 0)
        db_close(db);
    free(path);
    return ret == 0 ? ERR_NONE : err.code;
}

static void test_new_files_are_ours_alone(void)
{
    mode_t old = umask(0);
    struct db *db = NULL;
    char *path = xasprintf("sqlite:///%s/a/b/test.db", folder);

    ok(db_open(path, &options, &db, &err) == 0, "folders are made on the way");
    is(db_name(db), path, "it is called as it was named");
    is(db_path(db), path + strlen("sqlite:///"), "its path is absolute");
    ok(count(db) == -1 && err.code == ERR_CONFIG, "and it is empty");
    db_close(db);
    ok((stat_of("a").st_mode & 0777) == 0700 &&
           (stat_of("a/b").st_mode & 0777) == 0700,
       "the folders are 0700 whatever the umask");
    ok((stat_of("a/b/test.db").st_mode & 0777) == 0600 &&
           (stat_of("a/b/test.db-lock").st_mode & 0777) == 0600 &&
           (stat_of("a/b/test.db-wal").st_mode & 0777) == 0600,
       "the files 0600");
    umask(old);
    free(path);
}

static void test_paths_are_resolved(void)
{
    char *here = realpath(".", NULL);
    char *want = xasprintf("%s/x.db", folder);
    struct db *db = NULL;

    ok(chdir(folder) == 0, "from within the folder");
    ok(db_open("sqlite:///x.db", &options, &db, &err) == 0,
       "a relative URL opens");
    is(db_path(db), want, "a file there");
    db_close(db);
    ok(symlink(".", "link") == 0, "a folder with a second name");
    ok(db_open("link/x.db", &options, &db, &err) == 0, "opens as well");
    is(db_path(db), want, "as the same file, so with the same lock");
    db_close(db);
    ok(here && chdir(here) == 0, "back");
    free(want);
    free(here);
}

static void test_what_is_refused(void)
{
    char *link = xasprintf("%s/link.db", folder);
    char *dir = xasprintf("%s/dir", folder);
    struct db *db = NULL;

    ok(mkdir(dir, 0700) == 0 && symlink("text", link) == 0, "prepared");
    put_file("text", "This is no database, but it is long enough to be read "
                     "as a header of one hundred bytes. Or is it now, then?");
    free(link);
    free(dir);
    ok(refusal("no.db", false) == ERR_NOINPUT, "no such file: %s", err.msg);
    ok(refusal("no/no.db", false) == ERR_NOINPUT, "nor folder: %s", err.msg);
    ok(stat_of("no.db").st_size == -1, "and none was made");
    ok(refusal("text", true) == ERR_CONFIG, "a text: %s", err.msg);
    ok(stat_of("text-lock").st_size == -1, "no lock file beside it");
    ok(refusal("text/x.db", true) != ERR_NONE, "a file as folder: %s", err.msg);
    ok(refusal(".", true) == ERR_CONFIG, "a folder: %s", err.msg);
    ok(refusal("dir", true) == ERR_CONFIG, "another: %s", err.msg);
    ok(refusal("link.db", true) == ERR_CONFIG, "a link: %s", err.msg);
    ok(db_open(":memory:", &options, &db, &err) == -1 && err.code == ERR_USAGE,
       "one in memory: %s", err.msg);
    ok(db_open("sqlite://host/x", &options, &db, &err) == -1 &&
           err.code == ERR_USAGE,
       "one on a host: %s", err.msg);
}

/* Root may do anything, so somebody else has to try. */
static int try_as_nobody(const char *path, bool read_only)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct db_options how = options;
        struct db *db = NULL;
        int ret;

        how.read_only = read_only;
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(99);
        ret = db_open(path, &how, &db, &err) < 0 ? (int)err.code : 0;
        if (ret == 0 && count(db) != 0)
            ret = 98;
        db_close(db);
        _exit(ret);
    }
    return wait_for(pid);
}

static void test_permissions(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char *other = xasprintf("%s/other.db", folder);

    db_close(open_empty());
    if (getuid() != 0) {
        ok(true, "permissions # SKIP needs root");
        free(other);
        return;
    }
    ok(chmod(folder, 0755) == 0 && try_as_nobody(url, false) == ERR_CONFIG,
       "who may not read the file is told so");
    ok(try_as_nobody(url, true) == ERR_CONFIG, "even for reading");
    ok(try_as_nobody(other, false) == ERR_CREATE,
       "who may not create one is told that");
    for (size_t i = 0; i < LENGTH(ends); i++) {
        char *file = xasprintf("%s%s", url, ends[i]);

        chmod(file, 0644);
        free(file);
    }
    ok(try_as_nobody(url, false) == ERR_CONFIG,
       "who may only read cannot open it for writing");
    ok(try_as_nobody(url, true) == 0,
       "but reads, from a folder he cannot write");
    free(other);
}

static void test_settings(void)
{
    struct db *db = open_empty();
    struct db_rows rows = {0};

    ok(db_adhoc(db, "PRAGMA journal_mode", NULL, 0, &rows, &err) == 0, "asked");
    is(db_text(&rows, 0, 0), "wal", "a new database has a write-ahead log");
    db_rows_release(&rows);
    ok(pragma(db, "PRAGMA page_size") == 8192, "its pages have 8 KiB");
    ok(pragma(db, "PRAGMA synchronous") == 2, "it syncs at each commit");
    ok(pragma(db, "PRAGMA foreign_keys") == 1, "it keeps foreign keys");
    ok(pragma(db, "PRAGMA trusted_schema") == 0, "it trusts no schema");
    db_close(db);
    ok(stat_of("test.db-wal").st_size > 0, "closing writes no checkpoint");
    db = open_db();
    ok(pragma(db, "PRAGMA synchronous") == 2 && count(db) == 0,
       "the same when opened again");
    db_close(db);
}

/* 301 rows of 20 kB each. */
static bool put_much(struct db *db)
{
    return db_script(db,
                     "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL"
                     " SELECT i + 1 FROM n WHERE i < 1300)"
                     " INSERT INTO item (id, data)"
                     " SELECT i, zeroblob(20000) FROM n",
                     &err) == 0;
}

static void test_who_leaves_last_leaves_a_short_log(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();

    ok(count(other) == 0 && put(db, 1, "a") == 1, "a little is written");
    db_close(db);
    ok(stat_of("test.db-wal").st_size > 0, "a short log stays");
    db = open_db();
    ok(put_much(db), "much is written");
    db_close(db);
    ok(stat_of("test.db-wal").st_size > 6000000,
       "a long one stays while somebody has the database open");
    db = open_db();
    ok(put(db, 2, "b") == 1, "one row more is written");
    db_close(other);
    db_close(db);
    ok(stat_of("test.db-wal").st_size == 0,
       "the last one who wrote empties it");
    db = open_db();
    ok(count(db) == 303, "and nothing is lost");
    db_close(db);
}

static void test_clocks(void)
{
    struct db *db = open_empty();
    int64_t wall = 1000;
    int64_t lease = 5;

    ok(pragma(db, "SELECT aaos_now() > 1600000000000000") == 1,
       "aaos_now() is microseconds since 1970");
    ok(pragma(db, "SELECT aaos_lease_now() > 0") == 1, "aaos_lease_now() runs");
    db_set_clocks(db, &wall, &lease);
    ok(pragma(db, "SELECT aaos_now()") == 1000 &&
           pragma(db, "SELECT aaos_lease_now()") == 5,
       "tests may set both");
    ok(db_script(db,
                 "CREATE TABLE log (at INTEGER);"
                 "CREATE TRIGGER note AFTER INSERT ON item"
                 " BEGIN INSERT INTO log VALUES (aaos_now()); END;",
                 &err) == 0 &&
           put(db, 1, "a") == 1 && pragma(db, "SELECT at FROM log") == 1000,
       "a trigger may read them");
    ok(db_reconnect(db, &err) == 0 && pragma(db, "SELECT aaos_now()") == 1000,
       "and a reconnect keeps them");
    db_set_clocks(db, NULL, NULL);
    ok(pragma(db, "SELECT aaos_now()") > 1000, "the real clock is back");
    db_close(db);
}

static void test_checkpoint_and_backup(void)
{
    struct db *db = open_empty();
    struct db *copy = NULL;
    char *path = xasprintf("%s/copy.db", folder);

    put(db, 1, "a");
    put(db, 2, "b");
    ok(db_backup(db, path, &err) == 0, "a backup");
    ok(db_backup(db, path, &err) == -1 && err.code == ERR_CREATE,
       "never overwrites: %s", err.msg);
    ok((stat_of("copy.db").st_mode & 0777) == 0600 &&
           stat_of("copy.db-wal").st_size == -1 &&
           stat_of("copy.db-journal").st_size == -1,
       "one file, ours alone");
    put(db, 3, "c");
    ok(db_open(path, &options, &copy, &err) == 0 && count(copy) == 2,
       "it holds what was there");
    db_close(copy);
    ok(db_checkpoint(db, &err) == 0 && stat_of("test.db-wal").st_size == 0,
       "a checkpoint empties the log");
    ok(count(db) == 3, "and loses nothing");
    ok(db_begin(db, &err) == 0 && db_checkpoint(db, &err) == -1 &&
           err.code == ERR_BUG,
       "in a transaction there is none");
    db_rollback(db);
    ok(db_backup(db, "/proc/x", &err) == -1 && err.code == ERR_CREATE,
       "no place for a backup: %s", err.msg);
    free(path);
    db_close(db);
}

static void test_a_removed_file_is_noticed(void)
{
    struct db *db = open_empty();

    put(db, 1, "a");
    unlink(url);
    ok(put(db, 2, "b") == -1 && err.code == ERR_UNAVAIL && db_broken(db),
       "nothing is written into a removed file: %s", err.msg);
    ok(count(db) == -1 && err.code == ERR_UNAVAIL, "the connection is lost");
    ok(db_reconnect(db, &err) == -1 && err.code == ERR_NOINPUT,
       "a reconnect makes no new one: %s", err.msg);
    ok(stat_of("test.db").st_size == -1 && db_broken(db), "it stays lost");
    ok(db_reconnect(db, &err) == -1, "however often one tries");
    db_close(db);
}

int main(void)
{
    in_new_folder(test_new_files_are_ours_alone);
    in_new_folder(test_paths_are_resolved);
    in_new_folder(test_what_is_refused);
    in_new_folder(test_permissions);
    in_new_folder(test_settings);
    in_new_folder(test_who_leaves_last_leaves_a_short_log);
    in_new_folder(test_clocks);
    in_new_folder(test_checkpoint_and_backup);
    in_new_folder(test_a_removed_file_is_noticed);
    return tap_done();
}
