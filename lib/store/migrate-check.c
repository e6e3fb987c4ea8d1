/*
 * Is the schema still what the migrations made?
 *
 * The applied migrations are run once more where nobody looks: on SQLite in
 * a new file in a folder of our own, on PostgreSQL in a schema that its
 * transaction takes back.  Both are described by the catalogue as sorted
 * lines, a name and its text, which are then compared.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/migrate.h"
#include "store/sql-names.h"
#include "store/store.h"

struct checking {
    void (*differ)(void *ctx, const char *what);
    void *ctx;
    size_t count;
};

static void report(struct checking *self, const char *what, const char *is)
{
    char *line = xasprintf("%s %s", what, is);

    self->count++;
    if (self->differ)
        self->differ(self->ctx, line);
    free(line);
}

/* Both are sorted by name. */
static void compare(struct checking *self, const struct db_rows *live,
                    const struct db_rows *want)
{
    size_t i = 0;
    size_t k = 0;

    while (i < live->count || k < want->count) {
        int order = i == live->count ? 1
                    : k == want->count
                        ? -1
                        : strcmp(db_text(live, i, 0), db_text(want, k, 0));

        if (order < 0) {
            report(self, db_text(live, i++, 0), "is not part of the schema");
        } else if (order > 0) {
            report(self, db_text(want, k++, 0), "is missing");
        } else {
            if (strcmp(db_text(live, i, 1), db_text(want, k, 1)) != 0)
                report(self, db_text(live, i, 0), "differs");
            i++;
            k++;
        }
    }
}

/* ---------------------------------------------------------------- SQLite */

/* The folder held one database and what SQLite puts beside it. */
static void remove_all(const char *dir)
{
    static const char *const names[] = {"db", "db-wal", "db-shm", "db-lock",
                                        "db-wake"};
    size_t i;

    for (i = 0; i < LENGTH(names); i++) {
        char *path = xasprintf("%s/%s", dir, names[i]);

        unlink(path);
        free(path);
    }
    rmdir(dir);
}

static int sqlite_fresh(int version, struct db_rows *want, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = xasprintf("%s/aaos-check-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    char *url = NULL;
    struct store *store = NULL;
    int ret = -1;

    if (!mkdtemp(dir)) {
        ret = err_errno(err, ERR_CREATE, "cannot make '%s'", dir);
        goto out;
    }
    url = xasprintf("sqlite:%s/db", dir);
    store = store_open(url, STORE_MIGRATE, NULL, NULL, err);
    if (store && migrate_to(store_db(store), version, NULL, NULL, err) == 0)
        ret = db_query(store_db(store), SQL_SCHEMA_LINES, NULL, 0, want, err);
    store_close(store);
    remove_all(dir);
out:
    free(url);
    free(dir);
    return ret;
}

static int check_sqlite(struct db *db, int version, struct checking *self,
                        struct err *err)
{
    struct db_rows live = {0};
    struct db_rows want = {0};
    int ret = db_query(db, SQL_SCHEMA_LINES, NULL, 0, &live, err);

    if (ret == 0)
        ret = sqlite_fresh(version, &want, err);
    if (ret == 0)
        compare(self, &live, &want);
    db_rows_release(&want);
    db_rows_release(&live);
    return ret;
}

/* ------------------------------------------------------------ PostgreSQL */

/* A name that no schema has: the transaction takes it back. */
static const char fresh_schema[] = "aaos_migrate_check";

static int run_applied(struct db *db, int version, struct err *err)
{
    size_t count;
    const struct migration *all = migrations(DB_POSTGRES, &count);
    int i;

    if (db_script(db,
                  "CREATE SCHEMA aaos_migrate_check;"
                  "SET LOCAL search_path = aaos_migrate_check",
                  err) < 0)
        return -1;
    for (i = 0; i < version && i < (int)count; i++)
        if (db_script(db, all[i].up, err) < 0)
            return -1;
    return 0;
}

static int check_postgres(struct db *db, int version, struct checking *self,
                          struct err *err)
{
    const struct db_arg fresh = arg_text(fresh_schema);
    struct db_rows schema = {0};
    struct db_rows live = {0};
    struct db_rows want = {0};
    struct db_arg here;
    int ret;

    if (db_begin(db, err) < 0)
        return -1;
    ret = db_adhoc(db, "SELECT current_schema()", NULL, 0, &schema, err);
    if (ret == 0) {
        here = arg_text(db_text(&schema, 0, 0));
        ret = db_query(db, SQL_SCHEMA_LINES, &here, 1, &live, err);
    }
    if (ret == 0)
        ret = run_applied(db, version, err);
    if (ret == 0)
        ret = db_query(db, SQL_SCHEMA_LINES, &fresh, 1, &want, err);
    db_rollback(db);
    if (ret == 0)
        compare(self, &live, &want);
    db_rows_release(&want);
    db_rows_release(&live);
    db_rows_release(&schema);
    return ret;
}

int migrate_check(struct db *db, void (*differ)(void *ctx, const char *what),
                  void *ctx, size_t *count, struct err *err)
{
    struct checking self = {.differ = differ, .ctx = ctx};
    int version;
    int ret;

    if (migrate_version(db, &version, err) < 0)
        return -1;
    ret = db_engine(db) == DB_SQLITE ? check_sqlite(db, version, &self, err)
                                     : check_postgres(db, version, &self, err);
    *count = self.count;
    return ret;
}
