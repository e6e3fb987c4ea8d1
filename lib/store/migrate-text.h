/*
 * migrate-text.h - one step of the schema, embedded at build time
 *
 * lib/store/sql/<engine>/NNNN-name.up.sql and .down.sql become rows of
 * sqlite_migrations[] and postgres_migrations[] in migrations-data.h,
 * version 1 first, without a gap, and the same versions for both engines.
 */
#ifndef AAOS_STORE_MIGRATE_TEXT_H
#define AAOS_STORE_MIGRATE_TEXT_H

struct migration {
    int version;
    const char *name;
    const char *up;
    const char *down;
};

#endif
