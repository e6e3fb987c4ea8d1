/*
 * PROOF: what would have been sent, in a file, and nothing else.
 */
#include "config.h"

#include "action-case.h"
#include "core/hash.h"

static char *prove(const char *type, const char *payload)
{
    char hash[HASH_TEXT_SIZE];
    struct stat st;
    char *path;
    char *text;

    carry_out(type, payload);
    ok(outcome.verdict == ACTION_COMPLETED, "PROOF completes");
    is(outcome.message, "PROOF: written, not sent", "... and says so");
    text = contents(outcome.artifact_ref);
    is(outcome.artifact_sha256, hash_text(text, strlen(text), hash),
       "... with the hash of the artifact");
    path = xasprintf("%s/%s", folder, outcome.artifact_ref);
    ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
       "... which nobody else can read");
    free(path);
    return text;
}

static void test_proof_of_a_webhook(void)
{
    char *text = prove("webhook", "{\"url\":\"https://a.invalid/x?y=1\","
                                  "\"event\":{\"n\": 1}}");

    ok(strncmp(outcome.artifact_ref, "artifacts/proof_webhook/20", 26) == 0 &&
           strstr(outcome.artifact_ref, "Z_key-1.txt"),
       "its name is the time and the key");
    ok(strstr(text, "\ntype: webhook\nid: " ACTION_ID "\nkey: key-1\n") &&
           strstr(text, "\ntime: 20"),
       "it says of what it is the proof");
    is(strstr(text, "\n\n"),
       "\n\nPOST https://a.invalid/x?y=1\n"
       "user-agent: aaos/" PACKAGE_VERSION "\n"
       "content-type: application/json\n"
       "traceparent: "
       "00-0198abcd111172228333444455556666-833300000000000a-01\n"
       "webhook-id: msg_0198000011117222833300000000000a\n"
       "webhook-timestamp: (seconds since 1970 when it is sent)\n"
       "webhook-signature: (made with 2 secrets then)\n"
       "\n{\"n\": 1}\n",
       "it shows exactly what would have been sent");
    free(text);
}

static void test_proof_of_the_others(void)
{
    char *text;

    config.social_url = "https://s.invalid/post?token=SECRET";
    config.social_token = "SECRET";
    text = prove("post_social", "{\"social_platform\":\"x\",\"content\":\"c\","
                                "\"audience\":\"a\"}");
    ok(strstr(text, "POST https://s.invalid/post?(hidden)\n") &&
           strstr(text, "authorization: Bearer (hidden)\n") &&
           !strstr(text, "SECRET"),
       "a post is shown without its secrets");
    free(text);
    text = prove("command", "{\"name\":\"c\",\"input\":\"given\"}");
    ok(strstr(text, "\n\ncommand: (not configured)\n\ngiven\n") != NULL,
       "a command is shown with its input");
    free(text);
    config.file_dir = "/srv/x";
    text = prove("file", "{\"path\":\"a/b\",\"content\":\"given\"}");
    ok(strstr(text, "\n\nfile: /srv/x/a/b\n\ngiven\n") != NULL,
       "a file is shown with its content");
    free(text);
}

static void test_names_of_artifacts(void)
{
    char *key = xmalloc(301);
    char *first;
    char *text;
    int i;

    memset(key, 'k', 300);
    memcpy(key, "../\n \xc3\xa9", 7);
    key[300] = '\0';
    action.idempotency_key = key;
    text = prove("file", "{\"path\":\"a\",\"content\":\"\"}");
    first = strstr(outcome.artifact_ref, "Z_");
    ok(first &&
           strncmp(first,
                   "Z_..___"
                   "__k",
                   10) == 0 &&
           strspn(first + 2, "._k") == 101 && strcmp(first + 102, ".txt") == 0,
       "what is no plain letter is not in the name, nor is a long key");
    ok(strstr(text, "key: ../\\x0a \xc3\xa9k") != NULL,
       "... and the text shows it safely");
    free(text);
    action.idempotency_key = "key-1";
    /* More than there are seconds in the time that this can take. */
    for (i = 0, text = NULL; i < 1000 && !text; i++) {
        carry_out("file", "{\"path\":\"a\",\"content\":\"\"}");
        if (strstr(outcome.artifact_ref, "Z_key-1_2.txt"))
            text = contents(outcome.artifact_ref);
    }
    ok(text && strstr(text, "PROOF"), "within a second names are counted");
    free(text);
    free(key);
}

static void test_proof_that_cannot_be_written(void)
{
    char *path = xasprintf("%s/blocked", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    close(fd);
    config.state_dir = path;
    carry_out("file", "{\"path\":\"a\",\"content\":\"\"}");
    ok(outcome.verdict == ACTION_RETRY && !*outcome.artifact_ref,
       "an artifact that cannot be written is not claimed");
    config.state_dir = folder;
    free(path);
}

int main(void)
{
    folder_open();
    config.proof = true;
    test_proof_of_a_webhook();
    test_proof_of_the_others();
    test_names_of_artifacts();
    test_proof_that_cannot_be_written();
    folder_close();
    return tap_done();
}
