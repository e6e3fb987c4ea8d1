/*
 * llm.h - handler "--llm": tasks answered by models; private to lib/work
 *
 * A run is one attempt at one task.  It wants a call, makes it, judges the
 * answer and ends, or wants another call; between two calls it waits for
 * nothing but the ledger:
 *
 *     wants --broker_begin--> calling --(HTTP)--> ended --broker_end--> judged
 *       ^                                                                  |
 *       '---------- another endpoint, a repair, a re-ask, ... -------------'
 *
 * What wants and what has ended is collected and handed over once a turn of
 * the loop, so that many calls share a transaction.  A call outlives its run
 * when the attempt is taken away: what it cost is settled all the same.
 *
 *   llm-handler.c  the handler: open, start, stop, turn, close
 *   llm-call.c     calls are begun in batches
 *   llm-settle.c   ... and settled
 *   llm-try.c      one call
 *   llm-run.c      what comes after a call
 *   llm-refuse.c   ... when none can be made
 *   llm-end.c      the end of an attempt
 *   llm-judge.c    is the answer what was asked for?
 *   llm-prompt.c   from a task to a conversation
 *   llm-ask.c      from that to a request
 *   llm-plan.c     answers that are tasks for others
 *   llm-fit.c      a conversation that outgrew the window
 *   llm-split.c    ... and a document
 *   llm-resume.c   calls that a lost attempt has paid for
 *   llm-proof.c    --proof: what would be sent
 *   llm-explain.c  --explain: what would be decided
 */
#ifndef AAOS_WORK_LLM_H
#define AAOS_WORK_LLM_H

#include "core/hash.h"
#include "core/http.h"
#include "llm/call.h"
#include "llm/schema.h"
#include "llm/settings.h"
#include "store/sessions.h"
#include "work/broker.h"
#include "work/internal.h"
#include "work/profile.h"
#include "work/talk.h"

/* Calls that share a transaction, which must not take long. */
enum { LLM_BATCH = 128 };

/* Endpoints that one attempt may call: its route is never longer. */
enum { LLM_TRIED_MAX = 16 };

/* What a call is for.  The words are in the ledger. */
enum llm_purpose {
    PURPOSE_ANSWER,
    PURPOSE_REPAIR, /* the answer is shown, with what is wrong with it */
    PURPOSE_REASK,  /* the question again, more strictly */
    PURPOSE_COMPACT /* a summary of what does not fit any more */
};
const char *llm_purpose_name(enum llm_purpose purpose);

struct llm_run;

/* One call; after its end in the list of those to be settled. */
struct llm_try {
    struct llm_try *next;
    struct llm_run *run; /* NULL: the attempt is over */
    struct work *work;
    int64_t number; /* for http_cancel(); 0: not under way */
    enum llm_purpose purpose;
    char call_id[UUID_SIZE];
    int target;
    char *task_type, *session_id; /* session_id: or NULL */
    int64_t prompt_estimate;
    char body_sha256[HASH_TEXT_SIZE];
    int64_t max_output;
    size_t received; /* bytes of text so far */
    /* How it ended. */
    struct llm_result result;
    struct llm_answer answer;
    enum llm_class class; /* as it was judged */
    struct buf response;  /* JSON for the ledger */
    struct buf json;      /* what is used of it, if a value was asked for */
    char why[256];        /* what is wrong with it */
    int64_t cost;         /* -1: no price */
};

/* A call of an earlier attempt whose answer is known. */
struct llm_known {
    enum llm_purpose purpose;
    bool used;
    char *response;
    char *model;
};

/* One attempt. */
struct llm_run {
    struct job *job;
    struct llm_run *prev, *next; /* of those that want a call */
    bool wants;
    const struct work_profile *profile; /* or NULL */
    struct talk talk;
    struct llm_schema *schema; /* or NULL: any text */
    char *schema_text;         /* borrowed by requests */
    bool plans;                /* the answer is tasks for others */
    int64_t max_output;        /* 0: as the route says */
    const char *temperature;   /* or NULL */
    char *asked;               /* the task as it stands in the conversation */

    enum llm_purpose purpose; /* of the call that it wants */
    int step;
    struct llm_try *try; /* under way */
    struct buf wrong;    /* REPAIR: the answer that was wrong */
    char why[256];       /* and what is wrong with it */
    bool repaired, reasked;
    char target[256];        /* REPAIR, REASK: "ENDPOINT/MODEL" that answered */
    bool trimmed;            /* it became shorter without a summary */
    bool killed;             /* it does not wait for its call any more */
    size_t cut_from, cut_to; /* COMPACT: what is being summarised */
    /* COMPACT, too: a document that is read in parts. */
    struct buf document, parts;
    size_t part, part_count, part_at;
    int64_t part_room;

    const char *tried[LLM_TRIED_MAX]; /* names of endpoints */
    size_t ntried;
    enum llm_class after; /* class of the last failure */
    int64_t failed_context;
    int64_t later; /* the shortest wait that an endpoint named; 0: none */
    enum llm_class later_class;

    struct llm_known *known;
    size_t known_count;

    /* What it is told by the broker, while it is. */
    char request_sha256[HASH_TEXT_SIZE];
    char trace_id[33], span_id[17];
};

/* What the handler has for all. */
struct llm_work {
    struct http *http;
    struct broker *broker;
    bool stopping;                     /* some attempts are to be ended */
    struct llm_run *wants, *last_want; /* the oldest first */
    struct llm_try *ended, *last_ended;
    size_t want_count, ended_count, calling;
    int64_t settle_at; /* what has ended waits for others until then */
    struct llm_profile *profiles; /* those that were read */
    uint64_t random;
};

/* --- llm-handler.c --------------------------------------------------------- */

/* The profile, read once; NULL with err->code: broken; NULL without: none. */
const struct work_profile *llm_profile(struct work *work, const char *name,
                                       struct err *err);
void llm_profiles_release(struct llm_work *llm);
uint64_t llm_random(struct llm_work *llm);
/* The attempt is over; the run is freed. */
void llm_end(struct llm_run *run, const struct ending *ending);
void llm_run_release(struct llm_run *run);

/* --- llm-prompt.c ---------------------------------------------------------- */

/* From the job's claim.  ERR_DATA: the task is to blame; ERR_OS: not now. */
int llm_prompt(struct llm_run *run, struct err *err);
/* The task gets this in the place of its payload. */
void llm_prompt_replace(struct llm_run *run, const char *document);

/* --- llm-ask.c --------------------------------------------------------------- */

/* The request of its next call; borrows from the run. */
struct llm_asked {
    struct llm_request request;
    struct llm_message *messages;
    struct buf system, text;
};
void llm_ask(struct llm_run *run, struct llm_asked *asked);
void llm_ask_release(struct llm_asked *asked);
/* The hash of what is asked, whatever the model. */
void llm_ask_hash(const struct llm_request *request, char text[HASH_TEXT_SIZE]);
/* Trace and span of the next call. */
void llm_trace(struct llm_run *run);

/* --- llm-call.c ------------------------------------------------------------ */

void llm_want(struct llm_run *run, enum llm_purpose purpose);
void llm_unwant(struct llm_run *run);
/* The need of the run's next call; strings borrowed from the run. */
void llm_need(struct llm_run *run, const struct llm_request *request,
              struct broker_call *call);
/* Progress of everything; calls work_at(). */
void llm_turn(struct work *work);

/* --- llm-settle.c ---------------------------------------------------------- */

/* It has ended, and is to be settled. */
void llm_ended(struct llm_try *try);
/* True when something was settled. */
bool llm_settle(struct work *work);
/* When the next is to be settled; NEVER: none has ended. */
int64_t llm_settle_due(const struct work *work);

/* --- llm-try.c -------------------------------------------------------------- */

/* One HTTP call, as it was begun. */
void llm_launch(struct llm_run *run, const struct broker_call *begun,
                struct llm_asked *asked);
void llm_try_release(struct llm_try *try);
/* A request as the target that was decided wants it. */
void llm_shape(const struct llm_config *config,
               const struct llm_decision *decision,
               struct llm_request *request);

/* --- llm-judge.c ----------------------------------------------------------- */

/* Sets class, json, why and response of a call that has ended. */
void llm_judge(struct llm_try *try);

/* --- llm-run.c ------------------------------------------------------------- */

/* First call, or what an earlier attempt knows. */
void llm_go(struct llm_run *run);
/* Make it, or take the answer that an earlier attempt got. */
void llm_again(struct llm_run *run, enum llm_purpose purpose);
/* The call is settled: go on. */
void llm_after(struct llm_run *run, struct llm_try *try);
/* Want a call, if it may make one more. */
void llm_try_want(struct llm_run *run, enum llm_purpose purpose);

/* --- llm-refuse.c ----------------------------------------------------------- */

/* No call can be made: later, or never. */
void llm_refused(struct llm_run *run, const struct broker_call *call);

/* --- llm-end.c -------------------------------------------------------------- */

/* What takes that long only somebody can mend. */
#define LLM_MEND_WAIT (60 * USEC_PER_SEC)

const struct llm_target *llm_target_at(const struct llm_run *run, int index);
/* Why it did not go well, for the attempt's error. */
void llm_say(struct llm_run *run, const char *text);
void llm_complete(struct llm_run *run, struct llm_try *try);
void llm_fail(struct llm_run *run, bool permanent);
/* Not now: a TASK_REASON_ word, and how long to wait. */
void llm_later(struct llm_run *run, const char *reason, int64_t wait);
/* No endpoint is left for this attempt: the last failure decides. */
void llm_give_up(struct llm_run *run, int64_t wait);
/* The attempt was taken from us. */
void llm_stopped(struct llm_run *run);

/* --- llm-resume.c ---------------------------------------------------------- */

int llm_resume(struct llm_run *run, struct err *err);
/* The next answer of this purpose that was paid for: true, and the try is as
 * if it had just been judged. */
bool llm_known(struct llm_run *run, enum llm_purpose purpose,
               struct llm_try *try);

/* --- llm-fit.c ------------------------------------------------------------- */

/* Before the first call: true when a summary is to be made first. */
bool llm_fit(struct llm_run *run);
/* The window is known to be smaller than what was asked. */
bool llm_fit_window(struct llm_run *run, int64_t window, int64_t max_output);
void llm_fit_done(struct llm_run *run, const struct llm_try *try);

/* --- llm-split.c ------------------------------------------------------------ */

/* The payload is too long for this window: true when it is to be read in
 * parts, which are summarised one after the other. */
bool llm_split(struct llm_run *run, int64_t window, int64_t max_output);
bool llm_splitting(const struct llm_run *run);
/* The words for the next part. */
void llm_split_ask(struct llm_run *run, struct buf *out);
/* It was summarised; true when that was the last. */
bool llm_split_done(struct llm_run *run, const struct llm_try *try);

/* --- llm-plan.c ------------------------------------------------------------ */

/* The schema of a plan for these profiles; malloc'd. */
char *llm_plan_schema(const struct work_profile *profile);
/* Can it be carried out: refs that are there, once, and in an order? */
int llm_plan_check(const struct json_slice *plan, struct err *err);
/* The tasks of a plan into the job. */
int llm_plan_take(struct llm_run *run, const struct buf *json, struct err *err);

/* --- llm-proof.c ----------------------------------------------------------- */

/* The attempt ends with what would have been sent. */
void llm_prove(struct llm_run *run);

#endif
