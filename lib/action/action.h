/*
 * action.h - effects on the outside world, one adapter a type
 *
 * An action is a row that was written in the transaction of its cause; the
 * tick takes it, an adapter here carries it out, the store records what
 * came of it.  Nothing here retries, sleeps or touches the database.
 *
 * PROOF (the default) writes the artifact that shows exactly what would
 * have been sent, <state>/artifacts/proof_<type>/<time>_<key>.txt, and
 * completes.  REAL without a configured adapter is REAL_RUN_UNCONFIGURED:
 * dead, nothing sent.
 *
 * Types and the keys that their payload (a JSON object) must have:
 *   webhook      url, event: {...}            Standard Webhooks, HMAC-SHA256
 *   post_social  social_platform, content, audience  a configured endpoint
 *   command      name, input                  a configured argv, no shell
 *   file         path, content                below a configured folder
 */
#ifndef AAOS_ACTION_ACTION_H
#define AAOS_ACTION_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct action {
    const char *action_id; /* UUID */
    const char *action_type;
    const char *idempotency_key;
    const char *payload_json;
    const char *task_id, *correlation_id; /* or NULL */
    int attempts;                         /* tries before this one */
    int64_t created_at;
};

/* What the configuration says; all borrowed. */
struct action_config {
    const char *state_dir;
    bool proof;              /* control flag at the start of the try */
    bool allow_private;      /* addresses */
    bool allow_http;         /* webhooks over plain http */
    int64_t webhook_timeout; /* 10 s */
    /* Secrets "whsec_<base64>", newest first: all of them sign.  count 0:
     * webhooks in REAL are unconfigured. */
    const char *const *webhook_secrets;
    size_t webhook_secret_count;
    const char *social_url;   /* https endpoint of post_social; or NULL */
    const char *social_token; /* bearer token; or NULL */
    /* NAME=argv of commands, "name" -> NULL-ended argv. */
    const struct action_command *commands;
    size_t command_count;
    int64_t command_timeout; /* 10 s */
    const char *file_dir;    /* or NULL */
    /* URLs that answered 410: refused. */
    bool (*disabled)(void *ctx, const char *url);
    void *disabled_ctx;
};
struct action_command {
    const char *name;
    char *const *argv;
};

enum action_verdict {
    ACTION_COMPLETED,
    ACTION_RETRY, /* may work later */
    ACTION_DEAD,  /* never will: reason in message */
    ACTION_GONE   /* 410: dead, and the URL is to be disabled */
};

struct action_outcome {
    enum action_verdict verdict;
    char message[512];   /* safe; "REAL_RUN_UNCONFIGURED: ..." */
    int64_t retry_after; /* duration the receiver asked for; 0: none */
    int http_status;     /* 0: none */
    int64_t elapsed;
    char artifact_ref[256]; /* relative to the state dir; "": none */
    char artifact_sha256[65];
    char answer[4096]; /* first bytes of the receiver's answer, safe */
};

enum { ACTION_PAYLOAD_MAX = 1024 * 1024, ACTION_KEY_MAX = 512 };

/* Is the type known, and does the payload have what it needs?  ERR_DATA. */
int action_check(const char *action_type, const char *payload_json, size_t len,
                 struct err *err);
/* The same, and the URL by the parser that will read it to send.  Whoever
 * calls this is linked with libcurl. */
int action_judge(const char *action_type, const char *payload_json, size_t len,
                 struct err *err);
/* UTF-8 of 1 to ACTION_KEY_MAX bytes, else ERR_DATA: "must be ...". */
int action_key_check(const char *key, size_t len, struct err *err);
/* The known types. */
const char *const *action_types(size_t *count);

/*
 * Carry out up to 16 actions at once (webhooks in parallel, the others one
 * after the other), until all have an outcome or `deadline` (clock_mono)
 * has come: those not started by then are left alone (started[i] false).
 * An action starts only when its time limit fits into what is left.
 */
enum { ACTION_PARALLEL = 16 };
int actions_run(const struct action_config *config,
                const struct action *actions, size_t count, int64_t deadline,
                struct action_outcome *outcomes, bool *started,
                struct err *err);

/*
 * Standard Webhooks: "v1,<base64>" for each secret, separated by spaces,
 * over "<id>.<timestamp>.<body>".  ERR_CONFIG for a secret that is not
 * whsec_ + base64 of 24 to 64 bytes.
 */
struct buf;
int webhook_sign(const char *const *secrets, size_t count, const char *id,
                 int64_t timestamp, const char *body, size_t len,
                 struct buf *signature, struct err *err);

#endif
