/*
 * reap.c - the agent is dead, and that is proved
 *
 * A free lock, or a boot since.  First nothing of it may run any more, then
 * its attempts end, then its row, then its file: whoever dies in between
 * leaves the rest to the next one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/failpoint.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/slots.h"
#include "sched/reap.h"
#include "store/claim.h"

enum { BATCH = 256 };

/* --- ending attempts ------------------------------------------------------ */

/* In [0, 1).  splitmix64, so that a test can say what comes. */
static double jitter(struct reaper *reaper)
{
    uint64_t z = reaper->seed;

    if (z == 0 && getrandom(&z, sizeof(z), 0) != (ssize_t)sizeof(z))
        xdie("no random numbers");
    if (reaper->seed != 0)
        reaper->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

static struct finish make_finish(struct reaper *reaper,
                                 const struct reaped *reaped, bool lease,
                                 const char *why)
{
    const struct orphan *orphan = reaped->orphan;

    return (struct finish){
        .seq = orphan->seq,
        .attempt = orphan->attempt,
        .agent_id = orphan->agent_id,
        .outcome = reaped->started ? OUTCOME_LOST : OUTCOME_HANDED_BACK,
        .only_if_lease_over = lease,
        .started = reaped->started,
        .exit_status = -1,
        .user_time = -1,
        .system_time = -1,
        .max_rss = -1,
        .error = why,
        .jitter = jitter(reaper),
        .failures = orphan->failures,
        .max_attempts = orphan->max_attempts,
        .losses = orphan->losses,
        .max_losses = orphan->max_losses,
    };
}

/* What may run again, and what may run because of what ended. */
static void tell_queue(struct reaper *reaper, const struct finish *finishes,
                       const struct reaped *list, size_t count)
{
    const struct ready_list *news = store_ready(reaper->store);
    struct ready_list ready = {0};

    for (size_t i = 0; i < count; i++)
        if (!finishes[i].lost && finishes[i].status == TASK_PENDING)
            ready_list_add(&ready, finishes[i].seq, finishes[i].sort_at,
                           list[i].orphan->task_type);
    if (ready.count > 0)
        queue_push(reaper->queue, ready.items, ready.count);
    if (news->count > 0)
        queue_push(reaper->queue, news->items, news->count);
    ready_list_release(&ready);
}

static void count_finishes(struct reaper *reaper, const struct finish *finishes,
                           const struct reaped *list, size_t count)
{

    for (size_t i = 0; i < count; i++) {
        if (finishes[i].lost)
            continue;
        if (list[i].started)
            reaper->report->lost++;
        else
            reaper->report->handed_back++;
        log_warn("attempt_ended", log_text("task_id", list[i].orphan->task_id),
                 log_num("attempt", finishes[i].attempt),
                 log_text("correlation_id", list[i].orphan->correlation_id),
                 log_text("agent_id", list[i].orphan->agent_id),
                 log_text("outcome", task_outcome_name(finishes[i].outcome)),
                 log_text("error", finishes[i].error));
    }
}

int reap_record(struct reaper *reaper, const struct reaped *list, size_t count,
                bool lease, const char *why, struct err *err)
{
    struct finish *finishes = xcalloc(BATCH, sizeof(*finishes));
    struct claim_list none = {0};
    int ret = 0;

    for (size_t done = 0; done < count && ret == 0;) {
        size_t n = 0;

        for (; n < BATCH && done + n < count; n++)
            finishes[n] = make_finish(reaper, &list[done + n], lease, why);
        FAILPOINT("reap.before");
        ret = store_cycle(reaper->store, finishes, n, NULL, &none, err);
        FAILPOINT("reap.recorded");
        if (ret == 0) {
            count_finishes(reaper, finishes, &list[done], n);
            tell_queue(reaper, finishes, &list[done], n);
        }
        done += n;
    }
    claim_list_release(&none);
    free(finishes);
    return ret;
}

/* --- burying -------------------------------------------------------------- */

static bool was_started(const struct orphan *orphan, const struct slot *slots,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i].seq == orphan->seq && slots[i].attempt == orphan->attempt)
            return true;
    return false;
}

/* End what it left, and mark it. */
static int bury(struct reaper *reaper, const struct agent *agent,
                const struct slot *slots, size_t slot_count, const char *reason,
                struct err *err)
{
    struct orphan *orphans = NULL;
    struct reaped *list;
    size_t count = 0;
    int gone = -1;

    if (store_orphans(reaper->store, agent->agent_id, &orphans, &count, err) <
        0)
        return -1;
    list = xcalloc(count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++)
        list[i] = (struct reaped){&orphans[i],
                                  was_started(&orphans[i], slots, slot_count)};
    if (reap_record(reaper, list, count, false,
                    strcmp(reason, "rebooted") == 0 ? "the host was rebooted"
                                                    : "the agent died",
                    err) == 0)
        gone = store_agent_gone(reaper->store, agent->agent_id, reason, err);
    FAILPOINT("reap.buried");
    if (gone > 0) {
        reaper->report->agents_gone++;
        log_warn("agent_gone", log_text("agent_id", agent->agent_id),
                 log_text("name", agent->name), log_text("reason", reason));
    }
    free(list);
    free(orphans);
    return gone < 0 ? -1 : 0;
}

/* What a look at the lock told. */
struct proof {
    enum slots_verdict verdict;
    struct slot *slots;
    size_t count;
    int hold; /* the lock, when it is ours now; or -1 */
};

static void look(const struct agent *agent, struct proof *proof)
{
    free(proof->slots);
    proof->verdict = slots_probe(agent->lock_path, (dev_t)agent->lock_dev,
                                 (ino_t)agent->lock_ino, &proof->slots,
                                 &proof->count, &proof->hold);
}

/*
 * The lock is held although the agent does not run: by what it started.
 * First whoever admits to be of its kin, then whoever has the file.
 */
static int evict(struct reaper *reaper, const struct agent *agent,
                 const char *const *kin, struct proof *proof, struct err *err)
{
    int ret = reap_kill(reaper, kin, 1, err);

    look(agent, proof);
    if (ret == 0 && proof->verdict == SLOTS_ALIVE) {
        ret = reap_kill_holders(reaper, agent, err);
        look(agent, proof);
    }
    return ret;
}

/* Behind the gate: prove the death, make it true of the whole family. */
static int judge(struct reaper *reaper, const struct agent *agent,
                 enum slots_verdict *verdict, struct err *err)
{
    char *text = xasprintf("AAOS_AGENT_ID=%s", agent->agent_id);
    const char *const kin[] = {text};
    struct proof proof = {.hold = -1};
    int ret = 0;

    look(agent, &proof);
    if (proof.verdict == SLOTS_ALIVE && !reap_agent_runs(agent))
        ret = evict(reaper, agent, kin, &proof, err);
    if (ret == 0 && proof.verdict == SLOTS_DEAD) {
        ret = reap_kill(reaper, kin, 1, err);
        if (ret == 0)
            ret = bury(reaper, agent, proof.slots, proof.count, "killed", err);
        if (ret == 0)
            unlink(agent->lock_path);
    }
    *verdict = proof.verdict;
    file_close(&proof.hold);
    free(proof.slots);
    free(text);
    return ret;
}

/*
 * No proof can be had, because the file is gone; but if neither process nor
 * work nor heartbeat of it was seen for long, the row says nothing.
 */
static int forget(struct reaper *reaper, const struct agent *agent,
                  struct err *err)
{
    struct orphan *orphans = NULL;
    size_t count = 0;
    int64_t now;
    int ret;

    if (reap_agent_runs(agent))
        return 0;
    if (store_now(reaper->store, &now, err) < 0)
        return -1;
    if (now - agent->heartbeat_at < REAP_SILENCE)
        return 0;
    ret = store_orphans(reaper->store, agent->agent_id, &orphans, &count, err);
    free(orphans);
    if (ret == 0 && count == 0)
        ret = bury(reaper, agent, NULL, 0, "silent", err);
    return ret;
}

static int reap_agent(struct reaper *reaper, const struct agent *agent,
                      struct err *err)
{
    enum slots_verdict verdict = SLOTS_UNKNOWN;
    struct reap_gate gate;
    int ret = 0;

    switch (reap_place(reaper, agent)) {
    case REAP_ELSEWHERE:
        return 0;
    case REAP_REBOOTED:
        ret = bury(reaper, agent, NULL, 0, "rebooted", err);
        if (ret == 0)
            unlink(agent->lock_path);
        return ret;
    case REAP_HERE:
        break;
    }
    switch (reap_gate_take(&gate, agent->lock_path)) {
    case GATE_BUSY:
        return 0;
    case GATE_OURS:
        ret = judge(reaper, agent, &verdict, err);
        reap_gate_drop(&gate);
        break;
    case GATE_NONE:
        break;
    }
    if (ret == 0 && verdict == SLOTS_UNKNOWN)
        ret = forget(reaper, agent, err);
    return ret;
}

int reap_dead(struct reaper *reaper, struct err *err)
{
    const char *self = reaper->options->self;
    int ret = 0;

    for (size_t i = 0; i < reaper->count; i++) {
        const struct agent *agent = &reaper->agents[i];
        struct err why = {0};

        if (self && strcmp(agent->agent_id, self) == 0)
            continue;
        if (reap_agent(reaper, agent, &why) < 0 && ret == 0) {
            *err = why;
            ret = err_wrap(err, "cannot bury agent '%s'", agent->agent_id);
        }
    }
    return ret;
}
