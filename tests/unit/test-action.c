/*
 * The promises of action.h: payloads, verdicts on answers, time.
 */
#include "config.h"

#include "action-case.h"

static void test_payloads(void)
{
    static const struct {
        const char *type, *payload, *why; /* NULL: good */
    } cases[] = {
        {"webhook", "{\"url\":\"https://a/\",\"event\":{}}", NULL},
        {"webhook", "{\"url\":\"https://a/\"}", "payload: 'event' is missing"},
        {"webhook", "{\"event\":{}}", "payload: 'url' is missing"},
        {"webhook", "{\"url\":7,\"event\":{}}",
         "payload: 'url' must be a string, not a number"},
        {"webhook", "{\"url\":\"https://a/\",\"event\":[]}",
         "payload: 'event' must be an object, not an array"},
        {"webhook", "{\"url\":\"file:///x\",\"event\":{}}",
         "payload: 'url': must be an http or https URL of at most 2048 bytes"},
        {"post_social",
         "{\"social_platform\":\"x\",\"content\":\"c\",\"audience\":\"a\"}",
         NULL},
        {"post_social", "{\"social_platform\":\"x\",\"content\":\"c\"}",
         "payload: 'audience' is missing"},
        {"post_social",
         "{\"social_platform\":\"x\",\"content\":\"\",\"audience\":\"a\"}",
         "payload: 'content' is empty"},
        {"command", "{\"name\":\"n\",\"input\":null}", NULL},
        {"command", "{\"name\":\"n\"}", "payload: 'input' is missing"},
        {"file", "{\"path\":\"a/b.txt\",\"content\":\"\"}", NULL},
        {"file", "{\"path\":\"a\"}", "payload: 'content' is missing"},
        {"fax", "{}", "unknown type of action 'fax'"},
        {"file", "[]", "payload: must be an object, not an array"},
        {"file", "{\"a\":1,\"a\":2}", "payload: at byte 7: duplicate key 'a'"},
    };
    struct err err;
    size_t count;
    size_t i;

    for (i = 0; i < LENGTH(cases); i++) {
        err = (struct err){0};
        action_check(cases[i].type, cases[i].payload, strlen(cases[i].payload),
                     &err);
        is(err.msg, cases[i].why ? cases[i].why : "", cases[i].payload);
        if (cases[i].why)
            ok(err.code == ERR_DATA, "... is bad data");
    }
    is(action_types(&count)[0], "webhook", "the types are listed");
    ok(count == 4, "... all four");
}

static void test_plain_paths(void)
{
    static const char *const bad[] = {
        "/etc/passwd", "..",   "../a", "a/../b", "a/..",        ".",
        "./a",         "a//b", "a/",   "a/./b",  "a\\nb\\n/..", "a\\u001bb",
    };
    size_t i;

    for (i = 0; i < LENGTH(bad); i++) {
        char *payload = xasprintf("{\"path\":\"%s\",\"content\":\"\"}", bad[i]);
        struct err err = {0};

        ok(action_check("file", payload, strlen(payload), &err) < 0 &&
               strncmp(err.msg, "payload: 'path' must be", 23) == 0,
           "the path '%s' is refused", bad[i]);
        free(payload);
    }
}

/* --- what answers mean ----------------------------------------------------- */

static void test_verdicts(void)
{
    static const struct {
        const char *path;
        enum action_verdict verdict;
        int status;
        int64_t wait; /* seconds */
        const char *message;
    } cases[] = {
        {"/", ACTION_COMPLETED, 204, 0, "answered 204"},
        {"/status/200", ACTION_COMPLETED, 200, 0, "answered 200"},
        {"/huge", ACTION_COMPLETED, 200, 0, "answered 200"},
        {"/away", ACTION_RETRY, 302, 0,
         "answered 302: redirects are not followed"},
        {"/status/400", ACTION_RETRY, 400, 0, "answered 400"},
        {"/status/410", ACTION_GONE, 410, 0, "answered 410: it wants no more"},
        {"/wait", ACTION_RETRY, 429, 2, "answered 429"},
        {"/status/500", ACTION_RETRY, 500, 0, "answered 500"},
        {"/date", ACTION_RETRY, 503, 7, "answered 503"},
        {"/cut", ACTION_RETRY, 0, 0, NULL},
        {"/short", ACTION_RETRY, 200, 0, NULL},
        {"/headers", ACTION_RETRY, 200, 0, NULL},
    };
    size_t i;

    for (i = 0; i < LENGTH(cases); i++) {
        hook(at(cases[i].path));
        ok(outcome.verdict == cases[i].verdict &&
               outcome.http_status == cases[i].status &&
               outcome.retry_after == cases[i].wait * USEC_PER_SEC,
           "%s: verdict, status, Retry-After", cases[i].path);
        if (cases[i].message)
            is(outcome.message, cases[i].message, cases[i].path);
        else
            ok(*outcome.message, "... has a message");
    }
    hook(at("/date"));
    is(outcome.answer, "later", "the answer is kept");
    hook(at("/huge"));
    ok(strlen(outcome.answer) == sizeof(outcome.answer) - 1,
       "... as far as there is room");
}

static bool is_disabled(void *ctx, const char *url)
{
    (void)ctx;
    return strcmp(url, at("/gone")) == 0;
}

static void test_what_is_not_sent(void)
{
    config.allow_private = false;
    hook(at("/note/refused"));
    ok(outcome.verdict == ACTION_DEAD && strstr(outcome.message, "refused"),
       "a private address is refused, for good");
    hook("http://2130706433/");
    ok(outcome.verdict == ACTION_DEAD, "... however it is spelled");
    config.allow_private = true;
    config.allow_http = false;
    hook(at("/note/http"));
    is(outcome.message, "plain http is not allowed", "so is plain http");
    ok(outcome.verdict == ACTION_DEAD, "... for good");
    config.allow_http = true;
    config.disabled = is_disabled;
    hook(at("/gone"));
    is(outcome.message, "the URL is disabled since it answered 410",
       "so is a URL that wanted no more");
    config.disabled = NULL;
    config.webhook_secret_count = 0;
    hook(at("/note/unsigned"));
    is(outcome.message,
       "REAL_RUN_UNCONFIGURED: there is no secret to sign webhooks with",
       "so is one that cannot be signed");
    ok(outcome.verdict == ACTION_DEAD, "... for good");
    config.webhook_secret_count = 2;
    carry_out("webhook", "{\"url\":1}");
    ok(outcome.verdict == ACTION_DEAD, "a bad payload is dead");
    is(carry_out("post_social", "{\"social_platform\":\"x\",\"content\":\"c\","
                                "\"audience\":\"a\"}")
           ->message,
       "REAL_RUN_UNCONFIGURED: there is no endpoint for post_social",
       "nor is a post without an endpoint");
    is(carry_out("command", "{\"name\":\"x\",\"input\":1}")->message,
       "REAL_RUN_UNCONFIGURED: there is no command of that name",
       "nor a command that nobody configured");
    is(carry_out("file", "{\"path\":\"x\",\"content\":1}")->message,
       "REAL_RUN_UNCONFIGURED: there is no folder for files",
       "nor a file without a folder");
}

static void test_nothing_was_sent(void)
{
    char *line;

    hook(at("/note/last"));
    line = receiver_line();
    ok(strncmp(line, "/note/last ", 11) == 0,
       "the receiver has seen nothing of all that");
    free(line);
}

static void test_posts(void)
{
    static const char payload[] = "{\"social_platform\":\"x\", "
                                  "\"content\":\"c\",\"audience\":\"a\"}";
    char *line;

    config.social_url = at("/note/social");
    config.social_token = "TOKEN";
    carry_out("post_social", payload);
    line = receiver_line();
    ok(outcome.verdict == ACTION_COMPLETED, "a post is sent");
    ok(strstr(line, "\"authorization\":\"Bearer TOKEN\"") &&
           strstr(line, "\"idempotency-key\":\"key-1\""),
       "... with its token and its key");
    ok(strstr(line, "{\\\"social_platform\\\":\\\"x\\\", "
                    "\\\"content\\\":\\\"c\\\"") != NULL,
       "... and the payload as stored");
    free(line);
    config.social_url = at("/echo");
    carry_out("post_social", payload);
    is(outcome.answer, "(not kept: it repeats the token)",
       "an answer that repeats the token is not kept");
    config.social_url = at("/note/social");
    action.idempotency_key = "two\r\nlines";
    carry_out("post_social", payload);
    line = receiver_line();
    ok(strstr(line, "\"idempotency-key\":\"") && !strstr(line, "lines"),
       "a key that cannot stand in a header goes as a hash");
    action.idempotency_key = "key-1";
    config.social_url = NULL;
    config.social_token = NULL;
    free(line);
}

/* --- time ------------------------------------------------------------------ */

static void test_time(void)
{
    struct action_outcome outcomes[3];
    struct action actions[3];
    bool started[3] = {true, true, true};
    struct err err = {0};
    char *payload = xasprintf("{\"url\":\"%s\",\"event\":{}}", at("/hang"));
    int i;

    action.action_type = "webhook";
    action.payload_json = payload;
    actions_run(&config, &action, 1, clock_mono() + 29 * USEC_PER_SEC, outcomes,
                started, &err);
    ok(!started[0], "an action whose limit does not fit is not started");
    config.webhook_timeout = 200 * USEC_PER_MSEC;
    for (i = 0; i < 3; i++)
        actions[i] = action;
    ok(actions_run(&config, actions, 3, later(), outcomes, started, &err) == 0,
       "receivers that hang are no failure of ours");
    for (i = 0; i < 3; i++)
        ok(started[i] && outcomes[i].verdict == ACTION_RETRY &&
               outcomes[i].elapsed > 0 && strstr(outcomes[i].message, "within"),
           "each costs its limit");
    config.webhook_timeout = 30 * USEC_PER_SEC;
    ok(actions_run(&config, actions, ACTION_PARALLEL + 1, later(), outcomes,
                   started, &err) < 0 &&
           err.code == ERR_BUG,
       "more than sixteen are not taken");
    ok(actions_run(&config, actions, 0, later(), outcomes, started, &err) == 0,
       "none is fine");
    free(payload);
}

int main(void)
{
    test_payloads();
    test_plain_paths();
    folder_open();
    receiver_open(NULL);
    test_verdicts();
    test_what_is_not_sent();
    test_nothing_was_sent();
    test_posts();
    test_time();
    receiver_close();
    folder_close();
    return tap_done();
}
