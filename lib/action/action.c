/*
 * action.c - the table of types, and carrying out a batch
 *
 * Webhooks are started first, all at once; then the others run one after
 * the other, and whoever of them waits lets the requests make progress.
 * So neither a receiver that hangs nor a slow command starves the rest.
 */
#include "config.h"

#include "action/action.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/action-internal.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/uuid.h"

static const struct action_kind kinds[] = {
    {"webhook", http_limit, webhook_unconfigured, webhook_real, webhook_show},
    {"post_social", http_limit, social_unconfigured, social_real, social_show},
    {"command", command_limit, command_unconfigured, command_real,
     command_show},
    {"file", file_limit, file_unconfigured, file_real, file_show},
};

/* The URL is read once more, by the parser that will read it to send. */
static int inspect_url(const char *type, const struct json_slice *payload,
                       struct err *err)
{
    char *url;
    int ret;

    if (strcmp(type, "webhook") != 0)
        return 0;
    url = payload_text(payload, "url");
    ret = http_url_check(url, err);
    free(url);
    return ret < 0 ? err_wrap(err, "payload: 'url'") : 0;
}

/* The kind and the payload, both good; NULL otherwise. */
static const struct action_kind *inspect(const char *type, const char *json,
                                         size_t len, struct json_slice *payload,
                                         struct err *err)
{
    const struct action_kind *kind = kinds;

    if (payload_check(type, json, len, payload, err) < 0 ||
        inspect_url(type, payload, err) < 0)
        return NULL;
    while (strcmp(kind->name, type) != 0)
        kind++;
    return kind;
}

int action_judge(const char *action_type, const char *payload_json, size_t len,
                 struct err *err)
{
    struct json_slice payload;

    return inspect(action_type, payload_json, len, &payload, err) ? 0 : -1;
}

void effect_safe_text(char *to, size_t size, const void *data, size_t len)
{
    struct buf safe = {0};

    buf_printable(&safe, data, len < size ? len : size);
    len = safe.len < size ? safe.len : size - 1;
    /* Not in the middle of a character. */
    while (len > 0 && len < safe.len &&
           ((unsigned char)safe.data[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, safe.data, len);
    to[len] = '\0';
    buf_release(&safe);
}

void effect_end(struct effect *effect, enum action_verdict verdict,
                const char *fmt, ...)
{
    struct action_outcome *outcome = effect->outcome;
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    effect_safe_text(outcome->message, sizeof(outcome->message), text.data,
                     text.len);
    buf_release(&text);
    outcome->verdict = verdict;
    outcome->elapsed = clock_mono() - effect->began;
    effect->ended = true;
}

void run_pump(struct run *run, int64_t usec, int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t msec = (usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC;

    if (run->http && http_run(run->http, usec, fd, &run->err) >= 0)
        return;
    /* What was under way ends here; the others need no requests. */
    http_close(run->http);
    run->http = NULL;
    poll(&ready, 1, msec < INT_MAX ? (int)msec : INT_MAX);
}

/* False: there is no time left for it. */
static bool begin(struct effect *effect)
{
    const struct run *run = effect->run;
    const struct action *action = effect->action;
    struct err err = {0};
    int64_t limit = 0;
    const char *missing;

    effect->began = clock_mono();
    effect->kind =
        inspect(action->action_type, action->payload_json,
                strlen(action->payload_json), &effect->payload, &err);
    if (effect->kind && !run->config->proof)
        limit = effect->kind->limit(run->config);
    if (effect->began >= run->deadline || limit > run->deadline - effect->began)
        return false;
    if (!uuid_valid(action->action_id, strlen(action->action_id)))
        effect_end(effect, ACTION_DEAD, "the id of the action is no UUID");
    else if (!effect->kind)
        effect_end(effect, ACTION_DEAD, "%s", err.msg);
    else if (run->config->proof)
        effect_prove(effect);
    else if ((missing = effect->kind->unconfigured(effect)) != NULL)
        effect_end(effect, ACTION_DEAD, ACTION_UNCONFIGURED "%s", missing);
    else
        effect->kind->real(effect);
    return true;
}

static bool is_webhook(const struct effect *effect)
{
    return strcmp(effect->action->action_type, "webhook") == 0;
}

static void run_all(struct effect *effects, size_t count, bool *started)
{
    struct run *run = effects->run;
    size_t i;

    for (i = 0; i < count; i++)
        if (is_webhook(&effects[i]))
            started[i] = begin(&effects[i]);
    for (i = 0; i < count; i++) {
        if (is_webhook(&effects[i]))
            continue;
        started[i] = begin(&effects[i]);
        while (started[i] && !effects[i].ended)
            run_pump(run, USEC_PER_SEC, -1);
    }
    while (run->http && http_running(run->http) > 0)
        run_pump(run, USEC_PER_SEC, -1);
}

/* NOLINTNEXTLINE(readability-function-size): the header's contract */
int actions_run(const struct action_config *config,
                const struct action *actions, size_t count, int64_t deadline,
                struct action_outcome *outcomes, bool *started, struct err *err)
{
    struct run run = {.config = config, .deadline = deadline};
    struct effect effects[ACTION_PARALLEL];
    size_t i;

    if (count > ACTION_PARALLEL)
        return err_set(err, ERR_BUG, "%zu actions at once", count);
    for (i = 0; i < count; i++) {
        outcomes[i] = (struct action_outcome){0};
        started[i] = false;
        effects[i] = (struct effect){
            .run = &run, .action = &actions[i], .outcome = &outcomes[i]};
    }
    if (count == 0)
        return 0;
    if (!config->proof) {
        run.http = http_open("aaos/" PACKAGE_VERSION, err);
        if (!run.http)
            return -1;
    }
    run_all(effects, count, started);
    http_close(run.http);
    if (run.err.code)
        *err = run.err;
    return run.err.code ? -1 : 0;
}
