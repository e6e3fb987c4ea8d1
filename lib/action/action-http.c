/*
 * action-http.c - webhooks and posts: send the letter, judge the answer
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "action/action-internal.h"
#include "core/clock.h"

#define DEFAULT_LIMIT (10 * USEC_PER_SEC)
/* No receiver puts us off for longer. */
#define RETRY_MAX (INT64_C(86400) * USEC_PER_SEC)

int64_t http_limit(const struct action_config *config)
{
    return config->webhook_timeout > 0 ? config->webhook_timeout
                                       : DEFAULT_LIMIT;
}

const char *webhook_unconfigured(const struct effect *effect)
{
    return effect->run->config->webhook_secret_count == 0
               ? "there is no secret to sign webhooks with"
               : NULL;
}

const char *social_unconfigured(const struct effect *effect)
{
    return effect->run->config->social_url
               ? NULL
               : "there is no endpoint for post_social";
}

/* A receiver may send back what it got, and answers are stored. */
static void keep_answer(struct effect *effect, const struct buf *body)
{
    struct action_outcome *outcome = effect->outcome;
    const char *token = effect->run->config->social_token;

    if (token && *token && body->len > 0 &&
        memmem(body->data, body->len, token, strlen(token)))
        snprintf(outcome->answer, sizeof(outcome->answer),
                 "(not kept: it repeats the token)");
    else
        effect_safe_text(outcome->answer, sizeof(outcome->answer), body->data,
                         body->len);
}

static void judge(struct effect *effect, const struct http_answer *answer)
{
    int status = answer->status;
    int64_t wait =
        answer->retry_after < RETRY_MAX ? answer->retry_after : RETRY_MAX;

    if (status >= 200 && status < 300) {
        effect_end(effect, ACTION_COMPLETED, "answered %d", status);
    } else if (status >= 300 && status < 400) {
        effect_end(effect, ACTION_RETRY,
                   "answered %d: redirects are not followed", status);
    } else if (status == 410) {
        effect_end(effect, ACTION_GONE, "answered 410: it wants no more");
    } else {
        effect_end(effect, ACTION_RETRY, "answered %d", status);
        if ((status == 429 || (status >= 502 && status <= 504)) && wait > 0)
            effect->outcome->retry_after = wait;
    }
}

static void on_end(void *ctx, const struct http_answer *answer)
{
    struct effect *effect = ctx;

    effect->outcome->http_status = answer->status;
    keep_answer(effect, answer->body);
    if (answer->failure == HTTP_OK)
        judge(effect, answer);
    else if (answer->failure == HTTP_REFUSED)
        effect_end(effect, ACTION_DEAD, "%s", answer->error);
    else
        effect_end(effect, ACTION_RETRY, "%s", answer->error);
}

static void send_letter(struct effect *effect, const struct letter *letter)
{
    const struct action_config *config = effect->run->config;
    const struct http_request request = {
        .method = "POST",
        .url = letter->url,
        .headers = (const char *const *)letter->headers,
        .body = letter->body,
        .body_len = letter->len,
        .timeout = http_limit(config),
        .answer_limit = sizeof(effect->outcome->answer),
        .allow_private = config->allow_private,
        .on_end = on_end,
        .ctx = effect,
    };
    struct err err = {0};

    if (!config->allow_http && strncasecmp(letter->url, "https:", 6) != 0)
        effect_end(effect, ACTION_DEAD, "plain http is not allowed");
    else if (!effect->run->http)
        effect_end(effect, ACTION_RETRY, "%s", effect->run->err.msg);
    else if (http_start(effect->run->http, &request, &err) < 0)
        effect_end(effect, err.code == ERR_BUG ? ACTION_RETRY : ACTION_DEAD,
                   "%s", err.msg);
}

void webhook_real(struct effect *effect)
{
    const struct action_config *config = effect->run->config;
    struct letter letter;
    struct err err = {0};

    if (letter_webhook(effect, clock_wall(), &letter, &err) < 0)
        effect_end(effect, ACTION_DEAD, ACTION_UNCONFIGURED "%s", err.msg);
    else if (config->disabled &&
             config->disabled(config->disabled_ctx, letter.url))
        effect_end(effect, ACTION_DEAD,
                   "the URL is disabled since it answered 410");
    else
        send_letter(effect, &letter);
    letter_release(&letter);
}

void social_real(struct effect *effect)
{
    struct letter letter;
    struct err err = {0};

    if (letter_social(effect, clock_wall(), &letter, &err) < 0)
        effect_end(effect, ACTION_DEAD, "%s", err.msg);
    else
        send_letter(effect, &letter);
    letter_release(&letter);
}

static int show(const struct effect *effect,
                int (*compose)(const struct effect *, int64_t, struct letter *,
                               struct err *),
                struct buf *text, struct err *err)
{
    struct letter letter;
    int ret = compose(effect, 0, &letter, err);

    if (ret == 0)
        letter_render(&letter, text);
    letter_release(&letter);
    return ret;
}

int webhook_show(const struct effect *effect, struct buf *text, struct err *err)
{
    return show(effect, letter_webhook, text, err);
}

int social_show(const struct effect *effect, struct buf *text, struct err *err)
{
    return show(effect, letter_social, text, err);
}
