/*
 * action-case.h - one action and what came of it, for the tests of action
 */
#ifndef AAOS_TESTS_ACTION_CASE_H
#define AAOS_TESTS_ACTION_CASE_H

#include <sys/stat.h>

#include "action/action.h"
#include "core/attr.h"
#include "core/clock.h"
#include "core/file.h"
#include "receiver.h"
#include "tap.h"

#define ACTION_ID "01980000-1111-7222-8333-00000000000a"
#define CORRELATION "0198ABCD-1111-7222-8333-444455556666"
#define NEW_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OLD_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const char *const secrets[] = {NEW_SECRET, OLD_SECRET};

/* REAL, with everything but what a test is about. */
static struct action_config config = {
    .allow_private = true,
    .allow_http = true,
    .webhook_timeout = 30 * USEC_PER_SEC,
    .command_timeout = 30 * USEC_PER_SEC,
    .webhook_secrets = secrets,
    .webhook_secret_count = 2,
};
static struct action action = {
    .action_id = ACTION_ID,
    .idempotency_key = "key-1",
    .task_id = "task-1",
    .correlation_id = CORRELATION,
};
static struct action_outcome outcome;

/* No clock is waited for: far away. */
ATTR_UNUSED
static int64_t later(void)
{
    return clock_mono() + 3600 * USEC_PER_SEC;
}

ATTR_UNUSED
static const struct action_outcome *carry_out(const char *type,
                                              const char *payload)
{
    struct err err = {0};
    bool started = false;

    action.action_type = type;
    action.payload_json = payload;
    if (actions_run(&config, &action, 1, later(), &outcome, &started, &err) < 0)
        bail_out(err.msg);
    ok(started, "%s is started", type);
    return &outcome;
}

ATTR_UNUSED
static const struct action_outcome *hook(const char *url)
{
    char *payload =
        xasprintf("{\"url\":\"%s\",\"event\":{\"type\":\"t\"}}", url);

    carry_out("webhook", payload);
    free(payload);
    return &outcome;
}

/* A folder of this test's own, gone at its end. */
static char folder[] = "/tmp/test-action.XXXXXX";

ATTR_UNUSED
static void folder_open(void)
{
    if (!mkdtemp(folder))
        bail_out("cannot make a folder");
    config.state_dir = folder;
}

/* The text of a file in the folder; malloc'd, "" when it is not there. */
ATTR_UNUSED
static char *contents(const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct buf text = {0};
    struct err err = {0};

    file_read(path, 1 << 20, &text, &err);
    free(path);
    return buf_detach(&text);
}

/* Start a program and wait for it; its output goes to stderr. */
ATTR_UNUSED
static bool run_program(char *const *argv)
{
    struct err err = {0};
    char *path = proc_lookup(argv[0], &err);
    struct proc_spec spec = {path, argv, environ, NULL, {-1, 2, 2, -1}, -1};
    int status = -1;
    pid_t pid = path ? proc_spawn(&spec, &err) : -1;

    free(path);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

ATTR_UNUSED
static void folder_close(void)
{
    char *argv[] = {(char[]){"rm"}, (char[]){"-rf"}, folder, NULL};

    run_program(argv);
}

#endif
