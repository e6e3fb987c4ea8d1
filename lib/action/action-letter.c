/*
 * action-letter.c - the HTTP requests of actions
 *
 * One function composes what is sent and what PROOF shows, so that the
 * two cannot drift apart.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/action-internal.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/uuid.h"

static void add(struct letter *letter, const char *fmt, ...) ATTR_PRINTF(2, 3);

static void add(struct letter *letter, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    letter->headers[letter->count++] = buf_detach(&text);
}

/* The 32 digits of a UUID. */
static void digits_of(const char *uuid, char digits[33])
{
    size_t len = 0;

    for (; *uuid && len < 32; uuid++)
        if (*uuid != '-')
            digits[len++] = (char)tolower((unsigned char)*uuid);
    digits[len] = '\0';
}

bool action_trace(const struct action *action, char text[TRACE_SIZE])
{
    const char *correlation = action->correlation_id;
    unsigned long long span;
    char trace[33];
    char id[33];

    if (!correlation || !uuid_valid(correlation, strlen(correlation)))
        return false;
    digits_of(correlation, trace);
    if (strspn(trace, "0") == 32)
        return false;
    /* A span for each try, made of the random end of the action's id. */
    digits_of(action->action_id, id);
    span = strtoull(id + 16, NULL, 16) + (unsigned)action->attempts;
    snprintf(text, TRACE_SIZE, "00-%s-%016llx-01", trace, span ? span : 1);
    return true;
}

static void add_common(struct letter *letter, const struct action *action)
{
    char trace[TRACE_SIZE];

    add(letter, "content-type: application/json");
    if (action_trace(action, trace))
        add(letter, "traceparent: %s", trace);
}

static int add_signature(struct letter *letter,
                         const struct action_config *config, const char *id,
                         int64_t now, struct err *err)
{
    struct buf signature = {0};
    int ret;

    if (now == 0) {
        add(letter, "webhook-timestamp: (seconds since 1970 when it is sent)");
        add(letter, "webhook-signature: (made with %zu secrets then)",
            config->webhook_secret_count);
        return 0;
    }
    ret = webhook_sign(config->webhook_secrets, config->webhook_secret_count,
                       id, now / USEC_PER_SEC, letter->body, letter->len,
                       &signature, err);
    if (ret == 0) {
        add(letter, "webhook-timestamp: %lld", (long long)(now / USEC_PER_SEC));
        add(letter, "webhook-signature: %s", signature.data);
    }
    buf_release(&signature);
    return ret;
}

int letter_webhook(const struct effect *effect, int64_t now,
                   struct letter *letter, struct err *err)
{
    struct json_slice event = {0};
    char digits[33];
    char id[40];

    json_member(&effect->payload, "event", &event);
    *letter = (struct letter){.body = event.data, .len = event.len};
    letter->url = payload_text(&effect->payload, "url");
    add_common(letter, effect->action);
    digits_of(effect->action->action_id, digits);
    snprintf(id, sizeof(id), "msg_%s", digits);
    add(letter, "webhook-id: %s", id);
    return add_signature(letter, effect->run->config, id, now, err);
}

/* A key that cannot stand in a header goes as its SHA-256. */
static void add_key(struct letter *letter, const char *key)
{
    const char *at = key;

    while (*at > 0x20 && *at < 0x7f)
        at++;
    if (!*key || *at) {
        char hash[HASH_TEXT_SIZE];

        add(letter, "idempotency-key: %s", hash_text(key, strlen(key), hash));
    } else {
        add(letter, "idempotency-key: %s", key);
    }
}

int letter_social(const struct effect *effect, int64_t now,
                  struct letter *letter, struct err *err)
{
    const struct action_config *config = effect->run->config;
    const char *url = config->social_url;

    (void)err;
    *letter = (struct letter){.body = effect->payload.data,
                              .len = effect->payload.len};
    if (url && now > 0)
        letter->url = xstrdup(url);
    else if (url)
        letter->url = xasprintf("%.*s%s", (int)strcspn(url, "?#"), url,
                                strpbrk(url, "?#") ? "?(hidden)" : "");
    else
        letter->url = xstrdup("(no endpoint is configured)");
    add_common(letter, effect->action);
    add_key(letter, effect->action->idempotency_key);
    if (config->social_token)
        add(letter, "authorization: Bearer %s",
            now > 0 ? config->social_token : "(hidden)");
    return 0;
}

void letter_release(struct letter *letter)
{
    size_t i;

    for (i = 0; i < letter->count; i++)
        free(letter->headers[i]);
    free(letter->url);
    *letter = (struct letter){0};
}

void letter_render(const struct letter *letter, struct buf *text)
{
    size_t i;

    buf_fmt(text, "POST %s\nuser-agent: aaos/%s\n", letter->url,
            PACKAGE_VERSION);
    for (i = 0; i < letter->count; i++)
        buf_fmt(text, "%s\n", letter->headers[i]);
    buf_byte(text, '\n');
    buf_put(text, letter->body, letter->len);
    buf_byte(text, '\n');
}
