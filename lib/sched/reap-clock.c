/*
 * reap-clock.c - has the clock that leases count been set?
 *
 * On PostgreSQL leases count the clock of the server, which somebody may
 * set: then all of them seem to be over at once.  So every host notes, in
 * meta, how far that clock is from one of its own that only goes on.
 * Whoever finds another distance than before tells it to all on this host:
 * until the living have had the time to renew what they hold, a lease that
 * is over proves nothing.  The note is
 *
 *     BOOT_ID DISTANCE UNTIL
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/proc.h"
#include "sched/reap.h"

/* Less is covered by the grace that every lease has. */
#define STEP (2 * USEC_PER_SEC)
/* Clocks of two hosts drift apart: that is followed, and is no step. */
#define DRIFT (USEC_PER_SEC / 5)
/* A heartbeat of a lease of a quarter of an hour. */
#define REST (300 * USEC_PER_SEC)

struct note {
    int64_t distance, until;
};

/* False: nothing is known of this boot. */
static bool read_note(const char *text, struct note *note)
{
    const char *boot_id = proc_boot_id();
    size_t len = strlen(boot_id);
    char *rest;

    if (strncmp(text, boot_id, len) != 0 || text[len] != ' ')
        return false;
    note->distance = strtoll(text + len, &rest, 10);
    note->until = strtoll(rest, NULL, 10);
    return *rest == ' ';
}

static int write_note(struct reaper *reaper, const struct note *note,
                      struct err *err)
{
    char text[CLOCK_NOTE_SIZE];

    snprintf(text, sizeof(text), "%s %" PRId64 " %" PRId64, proc_boot_id(),
             note->distance, note->until);
    return store_clock_note(reaper->store, proc_machine_id(), text, err);
}

/* How far `distance` is from the span [low, high]. */
static int64_t beside(int64_t distance, int64_t low, int64_t high)
{
    if (distance < low)
        return low - distance;
    return distance > high ? distance - high : 0;
}

int reap_clock(struct reaper *reaper, struct err *err)
{
    char text[CLOCK_NOTE_SIZE];
    struct note note = {0};
    int64_t before = clock_boot();
    int64_t after, now, off;
    bool known;

    if (reaper->one_host)
        return 0; /* SQLite: nobody can set that one */
    if (store_clock_look(reaper->store, proc_machine_id(), &now, text, err) < 0)
        return -1;
    /* The answer may have been long in coming. */
    after = clock_boot();
    known = read_note(text, &note);
    off = beside(note.distance, now - after, now - before);
    if (known && off > STEP) {
        note.until = after + REST;
        log_warn("clock_stepped", log_num("ms", off / USEC_PER_MSEC));
    }
    if (!known || off > DRIFT) {
        note.distance = now - after;
        if (write_note(reaper, &note, err) < 0)
            return -1;
    }
    return note.until > after;
}
