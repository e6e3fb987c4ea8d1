/*
 * read.h - everything that can be read, as rows with named columns
 *
 * For aaos-status and --wait.  Each function documents its columns by an
 * enum in their order.  Lists are keyset pages: pass the last row's key to
 * get the next; no snapshot is held between pages.
 */
#ifndef AAOS_STORE_READ_H
#define AAOS_STORE_READ_H

#include "core/err.h"
#include "store/store.h"

/* Filters of a list; zero is "no filter". */
struct read_filter {
    const char *states;   /* JSON list of status names, or NULL */
    const char *types;    /* JSON list of task types, or NULL */
    const char *workflow; /* id or name; unknown: ERR_NOINPUT */
    const char *agent;    /* agent_id: what it runs now */
    int64_t since;        /* instant: created_at >= since */
    const char *correlation_id;
    const char *session_id;
};

/* Newest first: seq < before (0: from the newest), at most limit. */
enum read_task_column {
    RT_SEQ,
    RT_TASK_ID,
    RT_TASK_TYPE,
    RT_PRIORITY,
    RT_STATUS,
    RT_REASON,
    RT_ATTEMPT,
    RT_FAILURES,
    RT_MAX_ATTEMPTS,
    RT_LOSSES,
    RT_MAX_LOSSES,
    RT_AGENT_ID,
    RT_WORKFLOW_ID,
    RT_SORT_AT,
    RT_RUN_AT,
    RT_EXPIRES_AT,
    RT_LEASE_UNTIL,
    RT_CANCEL_REQUESTED_AT,
    RT_CREATED_AT,
    RT_UPDATED_AT,
    RT_STARTED_AT,
    RT_FINISHED_AT,
    RT_DESCRIPTION,
    RT_CORRELATION_ID,
    RT_COLUMNS
};
int read_tasks(struct store *store, const struct read_filter *filter,
               int64_t before, size_t limit, struct db_rows *rows,
               struct err *err);

/* One task, everything: the RT_ columns, then these. */
enum read_task_more {
    RX_PAYLOAD = RT_COLUMNS,
    RX_PAYLOAD_FORMAT,
    RX_METADATA,
    RX_IDEMPOTENCY_KEY,
    RX_PARENT_ID,
    RX_SESSION_ID,
    RX_AGENT_TYPE,
    RX_TIMEOUT,
    RX_WEBHOOK,
    RX_MODEL,
    RX_LLM_ENDPOINT,
    RX_PRIVACY,
    RX_BUDGET,
    RX_OUTPUT_SCHEMA,
    RX_REF,
    RX_ON_DEPENDENCY_FAILURE,
    RX_WORKFLOW_NAME,
    RX_LEASE_LEFT, /* microseconds, NULL unless running */
    RX_COLUMNS
};
int read_task(struct store *store, int64_t seq, struct db_rows *rows,
              struct err *err);

/*
 * Results: the last attempt of each of these tasks (JSON list of seqs), or
 * of tasks after `after` in order of seq that match the filter; tasks that
 * are not final are included only when `live`.  A list keeps its order.
 */
enum read_result_column {
    RR_SEQ,
    RR_TASK_ID,
    RR_STATUS,
    RR_REASON,
    RR_ATTEMPT,
    RR_EXIT_STATUS,
    RR_SIGNAL,
    RR_RESULT,
    RR_RESULT_FORMAT,
    RR_RESULT_SIZE,
    RR_RESULT_ARTIFACT,
    RR_RESULT_SHA256,
    RR_ERROR,
    RR_CREATED_AT,
    RR_STARTED_AT,
    RR_FINISHED_AT,
    RR_CORRELATION_ID,
    RR_OUTCOME,
    RR_COLUMNS
};
int read_results(struct store *store, const char *seqs_json, bool live,
                 struct db_rows *rows, struct err *err);
int read_results_page(struct store *store, const struct read_filter *filter,
                      bool live, int64_t after, size_t limit,
                      struct db_rows *rows, struct err *err);

/* Attempts of a task in order. */
enum read_attempt_column {
    RA_ATTEMPT,
    RA_AGENT_ID,
    RA_OUTCOME,
    RA_EXIT_STATUS,
    RA_SIGNAL,
    RA_CLAIMED_AT,
    RA_STARTED_AT,
    RA_FINISHED_AT,
    RA_USER_TIME,
    RA_SYSTEM_TIME,
    RA_MAX_RSS,
    RA_RESULT_SIZE,
    RA_RESULT_SHA256,
    RA_RESULT_ARTIFACT,
    RA_ERROR,
    RA_MODEL,
    RA_TOKENS_IN,
    RA_TOKENS_OUT,
    RA_COST,
    RA_COLUMNS
};
int read_attempts(struct store *store, int64_t seq, struct db_rows *rows,
                  struct err *err);

/* Execution logs of a task with id > after, in order, at most limit. */
enum read_log_column {
    RL_ID,
    RL_TS,
    RL_ATTEMPT,
    RL_LEVEL,
    RL_MESSAGE,
    RL_ARTIFACT_REF,
    RL_ARTIFACT_SHA256,
    RL_COLUMNS
};
int read_logs(struct store *store, const char *task_id, int64_t after,
              size_t limit, struct db_rows *rows, struct err *err);

/* Agents: live ones, or all (gone too) registered since `since`. */
enum read_agent_column {
    RG_AGENT_ID,
    RG_NAME,
    RG_AGENT_TYPE,
    RG_STATUS,
    RG_HANDLER,
    RG_CAPABILITIES,
    RG_JOBS,
    RG_CLAIM_LIMIT, /* how many it takes at a time now */
    RG_RUNNING,
    RG_COMPLETED,
    RG_FAILED,
    RG_PROGRESS,
    RG_HOSTNAME,
    RG_PID,
    RG_VERSION,
    RG_REGISTERED_AT,
    RG_HEARTBEAT_AT,
    RG_GONE_AT,
    RG_GONE_REASON,
    RG_COLUMNS
};
int read_agents(struct store *store, bool all, int64_t since,
                struct db_rows *rows, struct err *err);
/* The progress entry of one running task: 1/0/-1; percent -1: none. */
int read_progress(struct store *store, const char *agent_id,
                  const char *task_id, int *percent, char text[200],
                  struct err *err);
/* The same in a list that was read already: {task_id, percent, text}. */
int read_progress_in(const char *json, const char *task_id, int *percent,
                     char text[200]);

/* One row a type: counts by state, age of the oldest pending one. */
enum read_queue_column {
    RQ_TASK_TYPE,
    RQ_PENDING,
    RQ_RUNNING,
    RQ_SCHEDULED,
    RQ_RETRY,
    RQ_BLOCKED,
    RQ_HELD,
    RQ_COMPLETED,
    RQ_DEAD,
    RQ_CANCELLED,
    RQ_OLDEST_PENDING_AT,
    RQ_COLUMNS
};
int read_queues(struct store *store, struct db_rows *rows, struct err *err);

/* Totals of the last `window`: finished by outcome, and the totals. */
enum read_total_column {
    RW_PENDING,
    RW_RUNNING,
    RW_SCHEDULED,
    RW_RETRY,
    RW_BLOCKED,
    RW_HELD,
    RW_COMPLETED,
    RW_DEAD,
    RW_CANCELLED,
    RW_RECENT_COMPLETED,
    RW_RECENT_FAILED,
    RW_RECENT_LOST,
    RW_OLDEST_PENDING_AT,
    RW_AGENTS,
    RW_NOW,
    RW_LEASES_OVER,
    RW_PAUSED_IN,
    RW_PAUSED_OUT,
    RW_KILLED,
    RW_PROOF_MODE,
    RW_OVERDUE, /* due for more than a minute, but not pending */
    RW_COLUMNS
};
int read_totals(struct store *store, int64_t window, struct db_rows *rows,
                struct err *err);

/* How many pending tasks of its type come before this one, how many active
 * agents take the type, how many of them have a free slot.  Counting stops
 * at READ_AHEAD_MAX, which then means "or more". */
enum { READ_AHEAD_MAX = 100000 };
enum read_ahead_column {
    RH_AHEAD,
    RH_AGENTS,
    RH_FREE_AGENTS,
    RH_OPEN_DEPENDENCIES,
    RH_COLUMNS
};
int read_ahead(struct store *store, int64_t seq, struct db_rows *rows,
               struct err *err);

/*
 * Events by time: attempts, audit, execution logs, agents coming and
 * going.  ts > after_ts, or equal with key > after_key.  RE_KIND: the
 * outcome of an attempt ("completed", ...), "control", "log", "registered"
 * or "gone".
 */
enum read_event_column {
    RE_TS,
    RE_KEY,
    RE_KIND,
    RE_TASK_ID,
    RE_AGENT_ID,
    RE_TEXT,
    RE_COLUMNS
};
int read_events(struct store *store, int64_t after_ts, const char *after_key,
                size_t limit, struct db_rows *rows, struct err *err);

/*
 * Who follows events must not pass one that is written down but not yet
 * committed: on PostgreSQL a later one may be seen first.  Up to *safe
 * everything can be seen that ever will be, but for transactions that take
 * longer than 10 seconds.
 */
int read_horizon(struct store *store, int64_t *safe, struct err *err);
/* Of rows of read_events(): how many are not later than `safe`. */
size_t read_events_until(const struct db_rows *rows, int64_t safe);

/* The newest execution logs but what handlers wrote to stderr. */
enum read_recent_column {
    RN_ID,
    RN_TS,
    RN_TASK_ID,
    RN_ACTION_ID,
    RN_LEVEL,
    RN_MESSAGE,
    RN_ARTIFACT_REF,
    RN_ARTIFACT_SHA256,
    RN_COLUMNS
};
int read_recent_logs(struct store *store, size_t limit, struct db_rows *rows,
                     struct err *err);

/* A workflow by id or name; unknown: ERR_NOINPUT. */
enum read_flow_column { RV_WORKFLOW_ID, RV_NAME, RV_CREATED_AT, RV_COLUMNS };
int read_flow(struct store *store, const char *name, struct db_rows *rows,
              struct err *err);
/*
 * Reading the tasks of a workflow in order of seq, or what they depend on in
 * order of (child, parent): from {0} on, at most `limit` rows a call, until a
 * call brings none.
 */
struct read_flow_at {
    int64_t seq, parent; /* what was read last */
    int64_t span;        /* of seqs, looked through at a time */
    int64_t last;        /* tasks that come later are not read */
    bool ended;
};
enum read_flow_task_column {
    RK_SEQ,
    RK_TASK_ID,
    RK_REF,
    RK_TASK_TYPE,
    RK_STATUS,
    RK_REASON,
    RK_ATTEMPT,
    RK_AGENT_ID,
    RK_RUN_AT,
    RK_CREATED_AT,
    RK_STARTED_AT,
    RK_FINISHED_AT,
    RK_DESCRIPTION,
    RK_PARENT_ID,
    RK_COLUMNS
};
int read_flow_tasks(struct store *store, const char *workflow_id,
                    struct read_flow_at *at, size_t limit, struct db_rows *rows,
                    struct err *err);
/* Id and status are those of a parent outside of the workflow, else NULL. */
enum read_flow_edge_column {
    RP_CHILD_SEQ,
    RP_PARENT_SEQ,
    RP_STATE,
    RP_TASK_ID,
    RP_STATUS,
    RP_COLUMNS
};
int read_flow_edges(struct store *store, const char *workflow_id,
                    struct read_flow_at *at, size_t limit, struct db_rows *rows,
                    struct err *err);

/* Of these seqs (JSON list): which are final.  RF_SEQ, RF_STATUS. */
enum read_final_column { RF_SEQ, RF_STATUS, RF_COLUMNS };
int read_final(struct store *store, const char *seqs_json, struct db_rows *rows,
               struct err *err);

#endif
