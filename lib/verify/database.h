/*
 * database.h - is the database sound, and does it keep what it is given?
 *
 * The engine's own checks of its files and indexes, and the settings that
 * decide whether a commit survives the loss of power.  `writer`, a second
 * connection as programs that write have it, or NULL, is asked for the
 * settings of such; nothing is written on either.
 */
#ifndef AAOS_VERIFY_DATABASE_H
#define AAOS_VERIFY_DATABASE_H

#include "store/store.h"
#include "verify/verify.h"

void verify_database(struct verify *verify, struct store *store,
                     struct store *writer);

/* The two halves. */
void verify_sqlite(struct verify *verify, struct db *db, struct db *writer);
void verify_postgres(struct verify *verify, struct db *db);

/* The first cell as text; "" without a row; malloc'd.  NULL with err. */
char *verify_ask(struct db *db, const char *sql, struct err *err);
/* Rows of an id and a text become offenders; an error, too, if it says that
 * the data are broken. */
void verify_list(struct verify *verify, struct db *db, const char *sql);

#endif
