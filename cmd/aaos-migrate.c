/*
 * aaos-migrate - create, upgrade, roll back and check the schema
 *
 *     aaos-migrate up                    # after every upgrade of aaos
 *     aaos-migrate check || mail -s "schema" root
 *     aaos-migrate sql --engine postgres | less
 *
 * Each step is one transaction: a process killed at any point leaves the
 * old schema or the new one.  What would lose tasks asks for --force.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/setup.h"
#include "core/clock.h"
#include "core/cmd.h"
#include "core/table.h"
#include "store/migrate.h"

static struct {
    int64_t to; /* -1: not given */
    bool down, force;
    const char *engine;
} given = {.to = -1};

#define OPT_TO(what)                                                     \
    {                                                                    \
        0, "to", "N", what, .num = &given.to, .min = 0, .max = INT32_MAX \
    }

static const struct opt up_options[] = {
    OPT_TO("stop at this version (the newest)"), {0}};
static const struct opt down_options[] = {
    OPT_TO("go back to this version; 0 drops everything"),
    {0, "force", NULL, "even if there are tasks, which may be lost",
     .flag = &given.force},
    {0}};
static const struct opt sql_options[] = {
    {0, "down", NULL, "the way back instead", .flag = &given.down},
    {0, "engine", "NAME", "of this engine (that of the database)",
     .values = "sqlite|postgres", .str = &given.engine},
    {0}};

enum { VERB_STATUS, VERB_UP, VERB_DOWN, VERB_SQL, VERB_CHECK, VERB_BACKUP };
static const struct cmd_verb verbs[] = {
    [VERB_STATUS] = {"status", "", "list the versions and what is applied",
                     NULL},
    [VERB_UP] = {"up", "", "bring the schema up to date", up_options},
    [VERB_DOWN] = {"down", "--to N", "take versions back", down_options},
    [VERB_SQL] = {"sql", "", "print the statements of all versions",
                  sql_options},
    [VERB_CHECK] = {"check", "", "compare the schema with what it should be",
                    NULL},
    [VERB_BACKUP] = {"backup", "FILE", "copy a SQLite database while in use",
                     NULL},
    {0},
};

static const struct opt options[] = {{0}};

static const struct cmd cmd = {
    .name = "aaos-migrate",
    .about = "Create, upgrade, roll back and check the schema.",
    .options = options,
    .verbs = verbs,
    .lists = true,
    .changes = true,
};

/* ------------------------------------------------------------------ verbs */

static const char *state_name(const struct migration_state *state)
{
    if (!state->applied)
        return "pending";
    return state->changed ? "changed" : "applied";
}

static int run_status(struct db *db, struct err *err)
{
    static const struct column columns[] = {
        {.name = "version", .kind = CELL_NUM},
        {.name = "name", .kind = CELL_TEXT},
        {.name = "state", .kind = CELL_TEXT},
        {.name = "applied_at", .kind = CELL_TIME},
    };
    struct migration_state *states = NULL;
    struct table *table;
    size_t count = 0;
    size_t i;
    int ret = 0;

    if (migrate_status(db, &states, &count, err) < 0)
        return -1;
    table = table_open(stdout, cmd_output(), cmd_shared.color_out, columns,
                       LENGTH(columns), NULL, clock_wall(), err);
    if (!table) {
        free(states);
        return -1;
    }
    for (i = 0; ret == 0 && i < count; i++) {
        table_num(table, states[i].version);
        table_text(table, states[i].name);
        table_text(table, state_name(&states[i]));
        if (states[i].applied)
            table_num(table, states[i].applied_at);
        else
            table_null(table);
        ret = table_row(table, err);
    }
    if (table_close(table, ret == 0 ? err : &(struct err){0}) < 0)
        ret = -1;
    free(states);
    return ret;
}

static void say_step(void *ctx, const struct migration *m, bool up)
{
    (void)ctx;
    cmd_note("%s %d %s", up ? "up to" : "down from", m->version, m->name);
}

/* What migrate_to() would do, on stdout; returns 0. */
static int print_steps(enum db_engine engine, int version, int target)
{
    size_t count;
    const struct migration *all = migrations(engine, &count);

    for (; version < target; version++)
        printf("up\t%d\t%s\n", all[version].version, all[version].name);
    for (; version > target; version--)
        printf("down\t%d\t%s\n", version,
               version <= (int)count ? all[version - 1].name : "(unknown)");
    return 0;
}

/* Going down may lose them; 1 there are some, 0, -1. */
static int has_tasks(struct db *db, struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (db_adhoc(db, "SELECT seq FROM tasks LIMIT 1", NULL, 0, &rows, err) < 0)
        return -1;
    found = rows.count > 0;
    db_rows_release(&rows);
    return found;
}

static int run_move(struct db *db, int target, struct err *err)
{
    bool down = cmd_shared.verb == VERB_DOWN;
    int version = 0;
    int tasks = 0;

    if (migrate_version(db, &version, err) < 0)
        return -1;
    if (down ? target > version : target < version) {
        err_set(err, ERR_USAGE, "the schema has version %d already", version);
        return err_hint(err, "the other way is aaos-migrate %s --to %d",
                        down ? "up" : "down", target);
    }
    if (down && version > target && !given.force)
        tasks = has_tasks(db, err);
    if (tasks > 0) {
        err_set(err, ERR_PERM, "'%s' holds tasks, which may be lost",
                db_name(db));
        err_hint(err, "make a backup, then add --force");
    }
    if (tasks != 0)
        return -1;
    if (cmd_shared.dry_run)
        return print_steps(db_engine(db), version, target);
    return migrate_to(db, target, say_step, NULL, err);
}

static int run_sql(const char *url, struct err *err)
{
    enum db_engine engine = DB_SQLITE;
    const struct migration *all;
    size_t count;
    size_t i;

    if (given.engine)
        engine = strcmp(given.engine, "sqlite") == 0 ? DB_SQLITE : DB_POSTGRES;
    else if (db_engine_of(url, &engine, err) < 0)
        return -1;
    all = migrations(engine, &count);
    for (i = 0; i < count; i++) {
        const struct migration *m = &all[given.down ? count - 1 - i : i];

        printf("-- %d %s%s\n\n%s\n", m->version, m->name,
               given.down ? ", down" : "", given.down ? m->down : m->up);
    }
    return 0;
}

static void print_difference(void *ctx, const char *what)
{
    (void)ctx;
    printf("%s\n", what);
}

static int run_check(struct db *db, struct err *err)
{
    int latest = migrate_latest(db_engine(db));
    int version = 0;
    size_t count = 0;

    if (migrate_version(db, &version, err) < 0)
        return -1;
    if (version != latest) {
        err_set(err, ERR_CONFIG,
                "'%s' has schema version %d, this program %s %d", db_name(db),
                version, version < latest ? "needs" : "knows only", latest);
        return err_hint(err, version < latest
                                 ? "run aaos-migrate up"
                                 : "upgrade the aaos programs on this host");
    }
    if (migrate_check(db, print_difference, NULL, &count, err) < 0)
        return -1;
    if (count > 0)
        return err_set(err, ERR_NO, "the schema differs in %zu place%s", count,
                       count == 1 ? "" : "s");
    return 0;
}

static int run_backup(struct db *db, const char *path, struct err *err)
{
    if (db_engine(db) == DB_POSTGRES) {
        err_set(err, ERR_USAGE, "backup is for SQLite");
        return err_hint(err, "pg_dump --format=custom --file='%.80s' '%.120s'",
                        path, db_name(db));
    }
    if (!cmd_shared.dry_run)
        return db_backup(db, path, err);
    printf("backup\t%s\t%s\n", db_name(db), path);
    return 0;
}

/* ------------------------------------------------------------------- main */

/* Before anything is opened. */
static int check_usage(int nargs, struct err *err)
{
    bool backup = cmd_shared.verb == VERB_BACKUP;

    if (nargs != backup)
        return err_set(err, ERR_USAGE, "'%s' takes %s, got %d operand%s",
                       verbs[cmd_shared.verb].name,
                       backup ? "one file" : "no operands", nargs,
                       nargs == 1 ? "" : "s");
    if (cmd_shared.verb == VERB_DOWN && given.to < 0)
        return err_set(err, ERR_USAGE, "say how far: --to N");
    return 0;
}

static int run_verb(struct db *db, const char *operand, struct err *err)
{
    int target = (int)given.to;

    switch (cmd_shared.verb) {
    case VERB_STATUS:
        return run_status(db, err);
    case VERB_CHECK:
        return run_check(db, err);
    case VERB_BACKUP:
        return run_backup(db, operand, err);
    default:
        return run_move(db, target < 0 ? migrate_latest(db_engine(db)) : target,
                        err);
    }
}

/* A missing file is only made by `up`; to a dry run it is version 0. */
static int run_missing(const char *url, struct err *err)
{
    enum db_engine engine;

    if (cmd_shared.verb != VERB_UP || db_engine_of(url, &engine, err) < 0)
        return err_hint(err, "run aaos-migrate up");
    err_clear(err);
    return print_steps(engine, 0,
                       given.to < 0 ? migrate_latest(engine) : (int)given.to);
}

static int run(struct conf *conf, const char *operand, struct err *err)
{
    bool makes = cmd_shared.verb == VERB_UP && !cmd_shared.dry_run;
    const char *url = setup_url(conf, makes, err);
    struct store *store;
    int ret;

    if (!url)
        return -1;
    if (cmd_shared.verb == VERB_SQL)
        return run_sql(url, err);
    store =
        setup_store(conf, makes ? STORE_MIGRATE : STORE_INSPECT, cmd.name, err);
    if (!store)
        return err->code == ERR_NOINPUT ? run_missing(url, err) : -1;
    ret = run_verb(store_db(store), operand, err);
    store_close(store);
    return ret;
}

int main(int argc, char **argv)
{
    struct conf *conf = NULL;
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);

    if (check_usage(argc - first, &err) < 0)
        goto out;
    conf = cmd_conf(&cmd, &err);
    if (conf)
        run(conf, argv[first], &err);
out:
    conf_close(conf);
    return cmd_end(&cmd, &err);
}
