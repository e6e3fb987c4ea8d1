/*
 * slots.h - the lock that proves an agent alive, and what it has started
 *
 * <state>/run/<agent_id>.lock: the agent holds flock(LOCK_EX) on it for
 * life and its children inherit the descriptor.  The file holds one
 * fixed-size slot a job: "SEQ ATTEMPT\n" padded with spaces to SLOT_SIZE,
 * or all spaces; written with pwrite(2) before a handler starts and
 * cleared after its end is recorded.  No fsync: only a dead process on a
 * living kernel is asked about.
 */
#ifndef AAOS_CORE_SLOTS_H
#define AAOS_CORE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

enum { SLOT_SIZE = 64 };

struct slots; /* opaque */

/* Create the file (folder 0700), lock it.  id: the file's name. */
struct slots *slots_open(const char *state_dir, const char *id, int jobs,
                         struct err *err);
/* Unlock and unlink. */
void slots_close(struct slots *slots);
int slots_fd(const struct slots *slots); /* to be inherited */
const char *slots_path(const struct slots *slots);
dev_t slots_dev(const struct slots *slots);
ino_t slots_ino(const struct slots *slots);
int slots_set(struct slots *slots, int job, int64_t seq, int attempt,
              struct err *err);
int slots_clear(struct slots *slots, int job, struct err *err);

/* What somebody else's file says. */
enum slots_verdict {
    SLOTS_ALIVE,  /* the lock is held */
    SLOTS_DEAD,   /* the lock was free: proof */
    SLOTS_UNKNOWN /* no such file, or not that file */
};
struct slot {
    int64_t seq;
    int attempt;
};
/*
 * Probe path, which must be (dev, ino).  When dead, *slots is the malloc'd
 * list of started attempts.  When `hold_fd` is not NULL and the verdict is
 * SLOTS_DEAD the lock is kept on *hold_fd, so that one process at a time
 * buries; the caller closes it.
 */
enum slots_verdict slots_probe(const char *path, dev_t dev, ino_t ino,
                               struct slot **slots, size_t *count,
                               int *hold_fd);

#endif
