/*
 * classify.c - from how a call ended to its class
 *
 * First the transport, then the status, then the words: a code of the
 * server, its type, and only where vendors give nothing better its message.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "core/attr.h"
#include "core/clock.h"
#include "llm/class.h"

#define MAX_WAIT (900 * USEC_PER_SEC) /* 15 minutes */
#define HOUR (3600 * USEC_PER_SEC)

/* The latest of the limits that are used up, else of all. */
static int64_t resets(const struct llm_head *head)
{
    const struct llm_limit *const limits[] = {&head->requests, &head->tokens,
                                              &head->input_tokens,
                                              &head->output_tokens};
    int64_t empty = -1;
    int64_t any = -1;
    size_t i;

    for (i = 0; i < LENGTH(limits); i++) {
        if (limits[i]->reset > any)
            any = limits[i]->reset;
        if (limits[i]->remaining == 0 && limits[i]->reset > empty)
            empty = limits[i]->reset;
    }
    return empty >= 0 ? empty : any;
}

/* --- words -------------------------------------------------------------------- */

static const struct {
    const char *word; /* a code or a type */
    enum llm_class class;
} words[] = {
    {"context_length_exceeded", LLM_CONTEXT},
    {"exceed_context_size_error", LLM_CONTEXT},
    {"request_too_large", LLM_CONTEXT},
    {"content_filter", LLM_POLICY},
    {"content_policy_violation", LLM_POLICY},
    {"invalid_api_key", LLM_AUTH},
    {"authentication_error", LLM_AUTH},
    {"permission_error", LLM_AUTH},
    {"insufficient_quota", LLM_QUOTA},
    {"billing_error", LLM_QUOTA},
    {"billing_hard_limit_reached", LLM_QUOTA},
    {"enforced_spend_limit_reached", LLM_QUOTA},
    {"contract_spend_limit_reached", LLM_QUOTA},
    {"model_not_found", LLM_MODEL_GONE},
    {"timeout_error", LLM_TIMEOUT},
    {"conflict_error", LLM_CONFLICT},
    {"rate_limit_error", LLM_RATE},
    {"rate_limit_exceeded", LLM_RATE},
    {"ramp_limit_exceeded", LLM_RATE},
    {"overloaded_error", LLM_OVERLOAD},
    {"server_overloaded", LLM_OVERLOAD},
    {"unavailable_error", LLM_WARMING},
    {"api_error", LLM_SERVER},
    {"server_error", LLM_SERVER},
    {"internal_error", LLM_SERVER},
    {"internal_server_error", LLM_SERVER},
    {"invalid_request_error", LLM_BAD_REQUEST},
};

static bool contains(const char *text, const char *part)
{
    size_t len = strlen(part);

    for (; *text; text++)
        if (strncasecmp(text, part, len) == 0)
            return true;
    return false;
}

static bool find_word(const char *word, enum llm_class *class)
{
    size_t i;

    for (i = 0; i < LENGTH(words); i++) {
        if (strcasecmp(word, words[i].word) == 0) {
            *class = words[i].class;
            return true;
        }
    }
    return false;
}

/* Vendors that say so only in a sentence. */
static bool find_sentence(const char *message, enum llm_class *class)
{
    static const struct {
        const char *part;
        enum llm_class class;
    } parts[] = {
        {"maximum context length", LLM_CONTEXT},
        {"prompt is too long", LLM_CONTEXT},
        {"exceed context limit", LLM_CONTEXT},
        {"exceeds the available context size", LLM_CONTEXT},
        {"context window", LLM_CONTEXT},
        {"content management policy", LLM_POLICY},
        {"credit balance is too low", LLM_QUOTA},
        {"loading model", LLM_WARMING},
        {"model is loading", LLM_WARMING},
    };
    size_t i;

    for (i = 0; i < LENGTH(parts); i++) {
        if (contains(message, parts[i].part)) {
            *class = parts[i].class;
            return true;
        }
    }
    return false;
}

/* What the server's words say: code, sentence, type, in this order, as the
 * type is often only "invalid_request_error". */
static bool by_words(const struct llm_error *error, enum llm_class *class)
{
    return find_word(error->code, class) ||
           find_sentence(error->message, class) ||
           find_word(error->type, class);
}

/* --- statuses ------------------------------------------------------------------- */

static bool names_model(const struct llm_error *error)
{
    return contains(error->message, "model") &&
           (contains(error->message, "not found") ||
            contains(error->message, "does not exist") ||
            strncasecmp(error->message, "model:", 6) == 0);
}

/* 4xx where words may say more than the status. */
static enum llm_class refine(const struct llm_error *error,
                             enum llm_class fallback, unsigned allowed)
{
    enum llm_class class;

    if (by_words(error, &class) && allowed >> class & 1)
        return class;
    return fallback;
}

#define BIT(class) (1U << (class))

static enum llm_class by_client_status(int status,
                                       const struct llm_error *error)
{
    switch (status) {
    case 401:
        return LLM_AUTH;
    case 402:
        return LLM_QUOTA;
    case 403:
        if (error->moderation)
            return LLM_POLICY;
        return refine(error, LLM_AUTH, BIT(LLM_POLICY) | BIT(LLM_QUOTA));
    case 404:
        if (names_model(error))
            return LLM_MODEL_GONE;
        return refine(error, LLM_BAD_REQUEST, BIT(LLM_MODEL_GONE));
    case 408:
        return LLM_TIMEOUT;
    case 409:
        return LLM_CONFLICT;
    case 410:
        return LLM_MODEL_GONE;
    case 413:
        return LLM_CONTEXT;
    case 429:
        return refine(error, LLM_RATE, BIT(LLM_QUOTA));
    default:
        return refine(error, LLM_BAD_REQUEST,
                      BIT(LLM_CONTEXT) | BIT(LLM_POLICY) | BIT(LLM_QUOTA) |
                          BIT(LLM_MODEL_GONE));
    }
}

static enum llm_class by_status(int status, const struct llm_error *error)
{
    if (status < 400)
        return LLM_CONFIG; /* a redirect: the base is not what it should be */
    if (status < 500)
        return by_client_status(status, error);
    switch (status) {
    case 501:
    case 505:
        return LLM_BAD_REQUEST;
    case 503:
        return refine(error, LLM_OVERLOAD, BIT(LLM_WARMING));
    case 504:
        return LLM_TIMEOUT;
    case 529:
        return LLM_OVERLOAD;
    default:
        return refine(error, LLM_SERVER,
                      BIT(LLM_CONTEXT) | BIT(LLM_OVERLOAD) | BIT(LLM_WARMING));
    }
}

/* --- answers -------------------------------------------------------------------- */

static enum llm_class by_answer(const struct llm_signal *signal)
{
    switch (signal->finish) {
    case LLM_FINISH_FILTER:
        return LLM_POLICY;
    case LLM_FINISH_CONTEXT:
        return LLM_CONTEXT;
    case LLM_FINISH_ERROR:
        return LLM_STREAM;
    case LLM_FINISH_NONE:
    case LLM_FINISH_STOP:
    case LLM_FINISH_LENGTH:
    case LLM_FINISH_TOOLS:
    case LLM_FINISH_PAUSE:
    case LLM_FINISH_OTHER:
        break;
    }
    if (signal->context_truncated)
        return LLM_CONTEXT;
    return signal->finish == LLM_FINISH_LENGTH ? LLM_OUTPUT : LLM_OK;
}

/* Status 2xx. */
static enum llm_class by_parse(const struct llm_signal *signal)
{
    enum llm_class class;

    switch (signal->parse) {
    case LLM_PARSE_OK:
        return by_answer(signal);
    case LLM_PARSE_TRUNCATED:
        return LLM_STREAM;
    case LLM_PARSE_ERROR:
        if (by_words(&signal->error, &class))
            return class;
        if (signal->error.status >= 400)
            return by_status(signal->error.status, &signal->error);
        return LLM_STREAM;
    case LLM_PARSE_MALFORMED:
    case LLM_PARSE_TOO_LARGE:
        break;
    }
    return LLM_PROTOCOL;
}

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static enum llm_class by_timeout(const struct llm_signal *signal)
{
    if (!signal->connected)
        return LLM_CONNECT;
    return signal->idle ? LLM_STREAM : LLM_TIMEOUT;
}

static enum llm_class by_failure(const struct llm_signal *signal)
{
    switch (signal->failure) {
    case HTTP_STOPPED:
        return LLM_CANCELLED;
    case HTTP_REFUSED:
        return LLM_CONFIG;
    case HTTP_RESOLVE:
    case HTTP_CONNECT:
        return LLM_CONNECT;
    case HTTP_TLS:
        return signal->certificate ? LLM_CONFIG : LLM_CONNECT;
    case HTTP_TIMEOUT:
        return by_timeout(signal);
    case HTTP_BROKEN:
        return LLM_STREAM;
    case HTTP_OK:
    case HTTP_TOO_LARGE:
    case HTTP_OTHER:
        break;
    }
    return LLM_PROTOCOL;
}

static enum llm_class classify(const struct llm_signal *signal)
{
    bool success = is_success(signal->status);

    if (signal->failure == HTTP_STOPPED &&
        (!success || signal->parse <= LLM_PARSE_TRUNCATED))
        return LLM_CANCELLED;
    /* Who said it all may break off as he likes; and a status of 4xx or 5xx
     * says more than a body that was cut. */
    if (success &&
        (signal->failure == HTTP_OK || signal->parse != LLM_PARSE_TRUNCATED))
        return by_parse(signal);
    if (signal->status >= 300 && signal->failure != HTTP_TOO_LARGE)
        return by_status(signal->status, &signal->error);
    return by_failure(signal);
}

static bool obeys_wait(enum llm_class class)
{
    return llm_rule(class)->retries > 0 && class != LLM_CONTEXT;
}

void llm_classify(const struct llm_signal *signal, struct llm_verdict *verdict)
{
    int64_t most = signal->max_wait > 0 ? signal->max_wait : MAX_WAIT;
    int64_t wait = signal->head.retry_after;
    enum llm_class class = classify(signal);

    if (class == LLM_RATE && wait < 0)
        wait = resets(&signal->head);
    if (obeys_wait(class) && wait > most)
        class = LLM_QUOTA;
    *verdict = (struct llm_verdict){
        .class = class,
        .retries = llm_rule(class)->retries,
        .wait = obeys_wait(class) ? wait : -1,
        .drop_param = class == LLM_BAD_REQUEST && *signal->error.param,
    };
    if (class == LLM_QUOTA)
        verdict->open_for = wait > HOUR ? wait : HOUR;
    if (signal->head.should_retry == 0)
        verdict->retries = 0;
    else if (signal->head.should_retry == 1 && verdict->retries == 0 &&
             class != LLM_OK && class != LLM_CANCELLED)
        verdict->retries = 1;
}

bool llm_context_truncated(const struct llm_usage *usage, int64_t estimate)
{
    int64_t prompt = llm_usage_prompt(usage);

    return usage->reported && !usage->estimated && estimate >= 200 &&
           prompt > 0 && prompt * 10 < estimate * 6;
}
