/*
 * schema.c - versions, checksums, and a comparison with a fresh schema
 */
#include "config.h"

#include "verify/schema.h"

#include <stdlib.h>

#include "store/migrate.h"

static void check_version(struct verify *verify, struct db *db)
{
    int latest = migrate_latest(db_engine(db));
    int version = 0;
    struct err err = {0};

    verify_begin(verify, "version", "the schema is of the newest version");
    if (migrate_version(db, &version, &err) < 0)
        verify_unknown(verify, &err);
    else if (version != latest)
        verify_offend(verify, "schema", "version %d, this program has %d",
                      version, latest);
    verify_note(verify, "version %d", version);
    verify_end(verify);
}

static void check_migrations(struct verify *verify, struct db *db)
{
    struct migration_state *states = NULL;
    size_t count = 0;
    struct err err = {0};

    verify_begin(verify, "migrations",
                 "what was applied has not changed since");
    if (migrate_status(db, &states, &count, &err) < 0)
        verify_unknown(verify, &err);
    for (size_t i = 0; i < count; i++)
        if (states[i].changed)
            verify_offend(verify, states[i].name,
                          "migration %d had another text when it was applied",
                          states[i].version);
    free(states);
    verify_end(verify);
}

static void differs(void *ctx, const char *what)
{
    verify_offend(ctx, "schema", "%s", what);
}

static void check_objects(struct verify *verify, struct db *db)
{
    size_t count = 0;
    struct err err = {0};

    verify_begin(verify, "objects",
                 "tables, columns, checks, indexes and views are as made");
    if (migrate_check(db, differs, verify, &count, &err) < 0)
        verify_unknown(verify, &err);
    verify_end(verify);
}

void verify_schema(struct verify *verify, struct store *store)
{
    struct db *db = store_db(store);

    verify->area = "schema";
    check_version(verify, db);
    check_migrations(verify, db);
    check_objects(verify, db);
}
