/*
 * migrate.h - the schema's versions
 *
 * Migrations are embedded texts, numbered from 1 without gaps.  A run of
 * them is one transaction together with their rows in schema_migrations
 * (version, name, sha256 of the text, applied_at), so that a process killed
 * at any statement leaves the old or the new schema, and nobody sees one in
 * between.  One migrator at a time:
 * SQLite's writer lock, PostgreSQL's advisory lock.  The table
 * schema_migrations and meta.db_uuid are made with version 1; version 0
 * has neither.
 */
#ifndef AAOS_STORE_MIGRATE_H
#define AAOS_STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/err.h"
#include "db/db.h"
#include "store/migrate-text.h"

/* The migrations of an engine, in order. */
const struct migration *migrations(enum db_engine engine, size_t *count);
int migrate_latest(enum db_engine engine);

/* The version in the database; 0: no schema. */
int migrate_version(struct db *db, int *version, struct err *err);

/* *empty: there is no table at all, of ours or of anybody. */
int migrate_empty(struct db *db, bool *empty, struct err *err);

/*
 * Bring the schema to `target` (up or down), calling `said` (may be NULL)
 * before each step.  Applied migrations whose text has changed since
 * (checksum) stop it: ERR_CONFIG.  A database that holds tables of ours
 * but no schema_migrations: ERR_CONFIG.
 */
int migrate_to(struct db *db, int target,
               void (*said)(void *ctx, const struct migration *m, bool up),
               void *ctx, struct err *err);

/* One row a migration: what is applied and what is pending. */
struct migration_state {
    int version;
    const char *name;
    bool applied, changed; /* changed: the text differs from what ran */
    int64_t applied_at;
};
int migrate_status(struct db *db, struct migration_state **states,
                   size_t *count, struct err *err);

/*
 * Does the live schema equal what the applied migrations make?  Compares
 * with a schema built fresh (SQLite: in a file; PostgreSQL: in a temporary
 * schema that is dropped): tables, columns, types, checks, indexes, views.
 * db is one that store_open() opened.
 * Calls `differ` for each difference; *count is how many.
 */
int migrate_check(struct db *db, void (*differ)(void *ctx, const char *what),
                  void *ctx, size_t *count, struct err *err);

#endif
