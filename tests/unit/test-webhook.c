/*
 * Webhooks are what the Standard Webhooks ask for: the judge is the package
 * `standardwebhooks` itself, fetched by npm into a folder of this test.
 */
#include "config.h"

#include <cjson/cJSON.h>

#include "action-case.h"

#define VECTOR_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define VECTOR "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static const char body[] = "{\"test\": 2432232314}";

/* malloc'd; the message of the failure when there is one. */
static char *sign(const char *const *with, size_t count)
{
    struct buf text = {0};
    struct err err = {0};

    if (webhook_sign(with, count, VECTOR_ID, 1614265330, body, strlen(body),
                     &text, &err) < 0) {
        ok(err.code == ERR_CONFIG && text.len == 0,
           "a matter of configuration");
        buf_str(&text, err.msg);
    }
    return buf_detach(&text);
}

static void test_the_vector(void)
{
    const char *const both[] = {NEW_SECRET, OLD_SECRET};
    char *one = sign(both, 1);
    char *two = sign(both, 2);

    is(one, VECTOR, "the vector of the specification");
    ok(strncmp(two, VECTOR " v1,", strlen(VECTOR " v1,")) == 0 &&
           strlen(two) == 2 * strlen(VECTOR) + 1,
       "each secret signs, the newest first");
    free(one);
    free(two);
}

static void test_bad_secrets(void)
{
    static const char *const bad[] = {
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",       /* no prefix */
        "whsec_",                                 /* nothing */
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", /* 23 bytes */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",  /* torn */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La aSw", /* a blank */
        "whsec_MfKQ9r8GKYqr=wjUPD8ILPZIo2LaLaSw", /* padding inside */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
    };
    size_t i;

    for (i = 0; i < LENGTH(bad); i++) {
        const char *const list[] = {NEW_SECRET, bad[i]};
        char *text = sign(list, 2);

        is(text,
           "webhook secret 2 is not 'whsec_' and the base 64 of 24 to 64 bytes",
           "... which says which, but not the secret");
        free(text);
    }
}

/* A secret of so many zero bytes; malloc'd. */
static char *make_secret(size_t bytes)
{
    static const char zeros[80];
    struct buf text = {0};

    buf_str(&text, "whsec_");
    buf_base64(&text, zeros, bytes);
    return buf_detach(&text);
}

static void test_the_longest_secret(void)
{
    char *good = make_secret(64);
    char *bad = make_secret(65);
    char *signature = sign((const char *const[]){good}, 1);
    char *failure = sign((const char *const[]){bad}, 1);

    ok(strncmp(signature, "v1,", 3) == 0, "64 bytes are the longest");
    ok(strncmp(failure, "webhook secret 1 is not", 23) == 0,
       "... and 65 too many");
    free(good);
    free(bad);
    free(signature);
    free(failure);
}

static void install_judge(void)
{
    char *argv[] = {(char[]){"npm"},
                    (char[]){"install"},
                    (char[]){"--no-audit"},
                    (char[]){"--no-fund"},
                    (char[]){"--loglevel"},
                    (char[]){"error"},
                    (char[]){"--prefix"},
                    folder,
                    (char[]){"standardwebhooks@1.1.1"},
                    NULL};
    char *modules = xasprintf("%s/node_modules", folder);

    if (!run_program(argv))
        bail_out("cannot install the package standardwebhooks with npm");
    setenv("NODE_PATH", modules, 1);
    free(modules);
}

/* One webhook to /note; its line, as the receiver prints it. */
static char *send_note(const char *event)
{
    char *payload = xasprintf("{ \"url\": \"%s\", \"event\" :  %s , \"x\":1}",
                              at("/note"), event);

    carry_out("webhook", payload);
    free(payload);
    ok(outcome.verdict == ACTION_COMPLETED && outcome.http_status == 204,
       "a webhook is delivered");
    return receiver_line();
}

static void test_the_judge_accepts(void)
{
    static const char event[] =
        "{\"type\":\"aaos.task.completed\", \"timestamp\":\"2026-01-31T12:00:00Z\","
        "\"data\":{\"n\":12345678901234567890,\"t\":\"\\u00e9 \xc3\xa9\"}}";
    char *line = send_note(event);
    cJSON *seen = cJSON_Parse(strchr(line, '{'));
    const cJSON *headers = cJSON_GetObjectItem(seen, "headers");

    ok(strncmp(line, "/note yes yes No-matching-signature-found ", 42) == 0,
       "standardwebhooks accepts it with either secret, not with a third");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(seen, "body")), event,
       "the body is the event, byte for byte");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(seen, "method")), "POST",
       "... posted");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(headers, "webhook-id")),
       "msg_0198000011117222833300000000000a", "... with the action's id");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(headers, "content-type")),
       "application/json", "... as JSON");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(headers, "user-agent")),
       "aaos/" PACKAGE_VERSION, "... by us");
    is(cJSON_GetStringValue(cJSON_GetObjectItem(headers, "traceparent")),
       "00-0198abcd111172228333444455556666-833300000000000a-01",
       "... as a part of what it belongs to");
    cJSON_Delete(seen);
    free(line);
}

static void test_a_retry_keeps_its_id(void)
{
    char *line;

    action.attempts = 1;
    action.correlation_id = "no UUID";
    line = send_note("{}");
    ok(strstr(line, "\"msg_0198000011117222833300000000000a\"") != NULL,
       "a retry has the same id");
    ok(strstr(line, "traceparent") == NULL, "without a UUID there is no trace");
    action.attempts = 0;
    action.correlation_id = CORRELATION;
    free(line);
}

static void test_rotation(void)
{
    static const char *const old[] = {OLD_SECRET};
    char *line;

    config.webhook_secrets = old;
    config.webhook_secret_count = 1;
    line = send_note("{}");
    ok(strncmp(line, "/note No-matching-signature-found yes ", 38) == 0,
       "before the rotation only the old secret fits");
    config.webhook_secrets = secrets;
    config.webhook_secret_count = 2;
    free(line);
}

int main(void)
{
    const char *const known[] = {
        NEW_SECRET, OLD_SECRET,
        "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=", NULL};

    test_the_vector();
    test_bad_secrets();
    test_the_longest_secret();
    folder_open();
    install_judge();
    receiver_open(known);
    test_the_judge_accepts();
    test_a_retry_keeps_its_id();
    test_rotation();
    receiver_close();
    folder_close();
    return tap_done();
}
