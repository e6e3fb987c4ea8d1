/*
 * agents.h - who works here, and whose death can be proved
 */
#ifndef AAOS_STORE_AGENTS_H
#define AAOS_STORE_AGENTS_H

#include "core/err.h"
#include "core/uuid.h"
#include "store/store.h"

struct agent {
    char agent_id[UUID_SIZE];
    char *name;
    char *agent_type;   /* profile, or NULL */
    char *capabilities; /* JSON list of types; "[]": all */
    char *handler;      /* "command", "coprocess", "builtin:noop" */
    int jobs;
    char *hostname, *machine_id, *boot_id;
    int64_t pid, pid_start;
    char *lock_path;
    int64_t lock_dev, lock_ino;
    char *version;
    int64_t heartbeat_at; /* read only */
};
void agent_release(struct agent *agent);

/* Insert; writes an agent_communications row "register" too. */
int store_agent_register(struct store *store, const struct agent *agent,
                         struct err *err);
/* status gone; 1, or 0 when it was gone already.  reason: "drained",
 * "killed", "rebooted", "silent". */
int store_agent_gone(struct store *store, const char *agent_id,
                     const char *reason, struct err *err);

/* Agents that are not gone; machine_id NULL: of every host. */
int store_agents_live(struct store *store, const char *machine_id,
                      struct agent **agents, size_t *count, struct err *err);

/* Running rows of an agent (what a dead one left). */
struct orphan {
    int64_t seq;
    char task_id[UUID_SIZE];
    char agent_id[UUID_SIZE];
    char task_type[68];
    int attempt;
    int failures, max_attempts, losses, max_losses;
    bool lease_over;
    char correlation_id[256]; /* as long as records allow, and the NUL */
};
int store_orphans(struct store *store, const char *agent_id,
                  struct orphan **orphans, size_t *count, struct err *err);
/* Running rows whose lease is over by more than `grace`, of every agent,
 * at most 1000. */
int store_leases_over(struct store *store, int64_t grace,
                      struct orphan **orphans, size_t *count, struct err *err);
/* Agents of other hosts without a heartbeat for `silence` and without
 * running rows are marked gone ("silent"); returns how many, or -1. */
int store_agents_silent(struct store *store, const char *machine_id,
                        int64_t silence, struct err *err);

/*
 * The time of the database, and what was last noted of its clock on this
 * machine ("" for nothing): see reap-clock.c.
 */
enum { CLOCK_NOTE_SIZE = 128 };
int store_clock_look(struct store *store, const char *machine_id, int64_t *now,
                     char note[CLOCK_NOTE_SIZE], struct err *err);
int store_clock_note(struct store *store, const char *machine_id,
                     const char *note, struct err *err);

/*
 * Due tasks become pending, expired ones cancelled, blocked ones are
 * judged again; at most `limit` rows each in one transaction.  `ready`
 * gets what became pending.  1 when there may be more, 0, -1.
 */
int store_promote(struct store *store, size_t limit, struct ready_list *ready,
                  struct err *err);

/* Pages of pending tasks for the refill of the queue: seq > after, at most
 * limit, in order of seq. */
int store_pending_page(struct store *store, int64_t after, size_t limit,
                       struct ready_list *page, struct err *err);

#endif
