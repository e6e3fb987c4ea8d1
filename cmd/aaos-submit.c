/*
 * aaos-submit - put tasks on the queue and print their ids
 *
 * Each argument is one task; without any, stdin is read: a line that starts
 * with '{' is a JSON record, any other a description.  An id on stdout is
 * an acknowledgement: the task is stored.
 *
 *     id=$(aaos-submit -t research "Summarise RFC 9110")
 *     jq -c '.[]' plan.json | aaos-submit --json
 *     ls *.txt | aaos-submit -t analysis --wait | jq -r .result
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/setup.h"
#include "cmd/submit.h"
#include "core/clock.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "store/flags.h"
#include "task/links.h"

/* Options that are a field of every record. */
enum {
    F_TYPE,
    F_PRIORITY,
    F_KEY,
    F_DELAY,
    F_AT,
    F_EXPIRES,
    F_ATTEMPTS,
    F_TIMEOUT,
    F_AGENT_TYPE,
    F_WEBHOOK,
    F_WORKFLOW,
    F_SESSION,
    F_CORRELATION,
    F_COUNT
};
static const struct {
    const char *field, *option;
} fields[F_COUNT] = {
    [F_TYPE] = {"task_type", "--type"},
    [F_PRIORITY] = {"priority", "--priority"},
    [F_KEY] = {"idempotency_key", "--idempotency-key"},
    [F_DELAY] = {"delay", "--delay"},
    [F_AT] = {"run_at", "--at"},
    [F_EXPIRES] = {"expires_at", "--expires"},
    [F_ATTEMPTS] = {"max_attempts", "--max-attempts"},
    [F_TIMEOUT] = {"timeout", "--timeout"},
    [F_AGENT_TYPE] = {"agent_type", "--agent-type"},
    [F_WEBHOOK] = {"webhook", "--webhook"},
    [F_WORKFLOW] = {"workflow", "--workflow"},
    [F_SESSION] = {"session_id", "--session"},
    [F_CORRELATION] = {"correlation_id", "--correlation-id"},
};

static const char *values[F_COUNT];

static struct {
    const char *input, *rejects, *after, *file;
    bool hold, defer, atomic, wait, ordered, text, null, json;
    int64_t batch, wait_timeout;
} given;

static struct task_record defaults;

static int set_metadata(void *to, const char *value, struct err *err)
{
    return task_record_metadata(to, value, err);
}

static const struct opt options[] = {
    {'t', "type", "TYPE", "task type (research)", .str = &values[F_TYPE]},
    {'p', "priority", "N", "0 to 10, 10 is most urgent (5)",
     .str = &values[F_PRIORITY]},
    {'m', "metadata", "KEY=VALUE", "add to the metadata; may be repeated",
     .set = set_metadata, .to = &defaults},
    {'i', "input", "FILE", "the payload: any bytes", .str = &given.input},
    {'k', "idempotency-key", "KEY", "store this task only once",
     .str = &values[F_KEY]},
    {0, "delay", "DURATION", "start not before this time has passed",
     .str = &values[F_DELAY]},
    {0, "at", "TIME", "start not before", .str = &values[F_AT]},
    {0, "expires", "TIME", "cancel if not started by then",
     .str = &values[F_EXPIRES]},
    {0, "after", "ID[,ID]", "start not before these tasks have completed",
     .str = &given.after},
    {'f', "file", "FILE", "submit a workflow file, all of it or nothing",
     .str = &given.file},
    {0, "max-attempts", "N", "failures until the task is dead (3)",
     .str = &values[F_ATTEMPTS]},
    {0, "timeout", "DURATION", "time limit of an attempt",
     .str = &values[F_TIMEOUT]},
    {0, "agent-type", "NAME", "kind of agent that is asked for",
     .str = &values[F_AGENT_TYPE]},
    {0, "webhook", "URL", "told when the task has ended",
     .str = &values[F_WEBHOOK]},
    {0, "workflow", "NAME", "label of a group of tasks",
     .str = &values[F_WORKFLOW]},
    {0, "session", "ID", "conversation the tasks belong to",
     .str = &values[F_SESSION]},
    {0, "correlation-id", "ID", "goes through every row, log and child",
     .str = &values[F_CORRELATION]},
    {0, "hold", NULL, "store as held: nobody runs it until released",
     .flag = &given.hold},
    {0, "text", NULL, "every line is a description, '{' means nothing",
     .flag = &given.text},
    {'0', "null", NULL, "records on stdin end with NUL, not newline",
     .flag = &given.null},
    {0, "atomic", NULL, "store all of the input or nothing",
     .flag = &given.atomic},
    {0, "rejects", "FILE", "write refused lines there", .str = &given.rejects},
    {0, "defer", NULL, "store even when Redis is away", .flag = &given.defer},
    {0, "batch", "N", "tasks a transaction, at most (1000)",
     .num = &given.batch, .min = 1, .max = 10000},
    {0, "wait", NULL, "print results instead of ids, as tasks end",
     .flag = &given.wait},
    {0, "ordered", NULL, "with --wait: results in the order of the input",
     .flag = &given.ordered},
    {0, "wait-timeout", "DURATION", "with --wait: give up after (124)",
     .usec = &given.wait_timeout},
    {0, "json", NULL, "print receipts instead of ids", .flag = &given.json},
    {0},
};

static const struct cmd cmd = {
    .name = "aaos-submit",
    .operands = "[DESCRIPTION...]",
    .about = "Put tasks on the queue and print their ids.",
    .options = options,
    .changes = true,
};

/* A file brings its records itself, all of them or none. */
static int check_file(int nargs, struct err *err)
{
    const char *odd = NULL;

    if (nargs > 0)
        return err_set(err, ERR_USAGE,
                       "--file brings the tasks, but there are arguments");
    if (values[F_KEY])
        odd = "idempotency-key";
    else if (given.text)
        odd = "text";
    else if (given.null)
        odd = "null";
    else if (given.rejects)
        odd = "rejects";
    if (odd)
        return err_set(err, ERR_USAGE, "--file and --%s exclude each other",
                       odd);
    return 0;
}

/* What cannot be meant, before anything is opened. */
static int check_usage(int nargs, struct err *err)
{
    if (given.file && check_file(nargs, err) < 0)
        return -1;
    if (values[F_KEY] && nargs > 1)
        return err_set(err, ERR_USAGE,
                       "--idempotency-key names one task, got %d", nargs);
    if (values[F_DELAY] && values[F_AT])
        return err_set(err, ERR_USAGE, "--delay and --at exclude each other");
    if (given.null && nargs > 0)
        return err_set(err, ERR_USAGE,
                       "--null is for stdin, but there are arguments");
    if (given.json && given.wait)
        return err_set(err, ERR_USAGE,
                       "--json and --wait exclude each other: --wait prints "
                       "JSON Lines");
    if (!given.wait && (given.ordered || given.wait_timeout))
        return err_set(err, ERR_USAGE, "--%s needs --wait",
                       given.ordered ? "ordered" : "wait-timeout");
    if (cmd_shared.stdout_closed)
        return err_set(err, ERR_IO, "stdout is closed: nothing was stored");
    if (nargs == 0 && cmd_shared.stdin_closed &&
        (!given.file || strcmp(given.file, "-") == 0))
        return err_set(err, ERR_IO, "stdin is closed");
    return 0;
}

/* The payload of every task; kept apart from the JSON that records hold. */
static int read_input(size_t limit, struct err *err)
{
    struct buf data = {0};

    if (file_read(given.input, limit, &data, err) < 0)
        return err_wrap(err, "--input");
    defaults.payload_len = data.len;
    defaults.payload = buf_detach(&data);
    defaults.payload_is_json = false;
    return 0;
}

/* Of a file --workflow is the name, not a label of each record. */
static int set_field(size_t i, struct submit *submit, struct err *err)
{
    struct task_record name = task_record_new();
    bool apart = i == F_WORKFLOW && given.file;
    int ret = task_record_set(apart ? &name : &defaults, fields[i].field,
                              values[i], &submit->rules, err);

    task_record_release(&name);
    return ret;
}

static int set_defaults(struct conf *conf, struct submit *submit,
                        struct err *err)
{
    size_t i;

    if (!values[F_TYPE])
        values[F_TYPE] = conf_text(conf, "submit.default_type");
    for (i = 0; i < F_COUNT; i++) {
        if (values[i] && set_field(i, submit, err) < 0) {
            err->code = ERR_USAGE;
            return err_wrap(err, "%s", fields[i].option);
        }
    }
    defaults.hold = given.hold;
    if (defaults.max_attempts == 0)
        defaults.max_attempts = (int)conf_num(conf, "task.max_attempts");
    if (given.input && read_input(submit->max_line, err) < 0)
        return -1;
    submit->defaults = defaults;
    submit->single = values[F_KEY] != NULL;
    return 0;
}

static int open_all(struct conf *conf, struct submit *submit, struct err *err)
{
    submit->max_line = (size_t)conf_num(conf, "submit.max_line");
    submit->batch = given.batch ? given.batch : conf_num(conf, "submit.batch");
    submit->text = given.text;
    submit->json = given.json;
    setup_rules(conf, &submit->rules);
    if (set_defaults(conf, submit, err) < 0)
        return -1;
    if (given.rejects) {
        submit->rejects = fopen(given.rejects, "we");
        if (!submit->rejects)
            return err_errno(err, ERR_CREATE, "cannot create '%s'",
                             given.rejects);
    }
    if (cmd_shared.dry_run)
        return 0;
    submit->store = setup_store(conf, STORE_WRITE, cmd.name, err);
    if (!submit->store)
        return -1;
    if (given.after &&
        submit_after(submit->store, given.after, &defaults, err) < 0)
        return -1;
    submit->defaults = defaults;
    submit->queue = setup_queue(conf, submit->store, !given.defer, err);
    if (!submit->queue)
        return -1;
    if (given.wait)
        submit->waiting = waiting_open(given.ordered);
    return 0;
}

static int submit_args(struct submit *submit, char **args, size_t nargs,
                       struct err *err)
{
    size_t i;

    for (i = 0; i < nargs; i++) {
        const struct record_text text = {
            .data = args[i], .len = strlen(args[i]), .line = (int64_t)i + 1};

        submit_record(submit, &text);
        if ((int64_t)submit->count >= submit->batch &&
            submit_flush(submit, err) < 0)
            return -1;
    }
    return submit_flush(submit, err);
}

static int run(struct submit *submit, char **args, size_t nargs,
               struct err *err)
{
    char separator = given.null ? '\0' : '\n';

    submit->unit = given.file   ? "task"
                   : nargs > 0  ? "argument"
                   : given.null ? "record"
                                : "line";
    if (given.file)
        return submit_file(submit, given.file, values[F_WORKFLOW], err);
    if (nargs == 0 && isatty(STDIN_FILENO))
        cmd_note("reading tasks from the terminal, one a line; end with ^D");
    if (given.atomic)
        return submit_atomic(submit, STDIN_FILENO, separator, args, nargs, err);
    if (submit->store)
        store_submit_remember(submit->store, LINKS_MOST_REFS);
    if (nargs > 0)
        return submit_args(submit, args, nargs, err);
    return submit_stream(submit, STDIN_FILENO, separator, err);
}

/* Nobody shall wait for a call that will only be written. */
static void note_proof(struct submit *submit)
{
    struct flags flags = {0};
    struct err err = {0};

    if (submit->webhooks && store_flags(submit->store, &flags, &err) == 0 &&
        flags.proof_mode)
        cmd_note("proof mode is on: webhooks will be written, not sent");
    flags_release(&flags);
}

/* The first that holds of 74, 69/75, 65, 124, 1, 0. */
static void conclude(struct submit *submit, struct err *err)
{
    if (submit->rejects && fclose(submit->rejects) != 0 && !err->code)
        err_errno(err, ERR_IO, "cannot write '%s'", given.rejects);
    submit->rejects = NULL;
    if (submit->unprinted > 0)
        err_wrap(err, "%lld tasks were stored but not printed",
                 (long long)submit->unprinted);
    if (submit->deferred > 0)
        cmd_warn("Redis did not answer: %lld stored tasks were deferred, "
                 "workers will find them in the database",
                 (long long)submit->deferred);
    note_proof(submit);
    if (cmd_shared.dry_run && !err->code)
        cmd_note("%lld tasks would be stored", (long long)submit->stored);
    if (submit->bad && (!err->code || err->code == ERR_TIMEOUT))
        *err = (struct err){.code = ERR_DATA};
    if (!err->code && submit->waiting && waiting_failed(submit->waiting))
        err->code = ERR_NO;
}

int main(int argc, char **argv)
{
    struct submit submit = {0};
    struct conf *conf = NULL;
    struct err err = {0};
    int64_t deadline = 0;
    int first, nargs;

    defaults = task_record_new();
    first = cmd_begin(&cmd, argc, argv);
    nargs = argc - first;
    if (check_usage(nargs, &err) < 0)
        goto out;
    conf = cmd_conf(&cmd, &err);
    if (!conf || open_all(conf, &submit, &err) < 0)
        goto out;
    if (given.wait_timeout)
        deadline = clock_mono() + given.wait_timeout;
    if (run(&submit, argv + first, (size_t)nargs, &err) == 0 && submit.waiting)
        waiting_all(submit.waiting, &submit, deadline, &err);
    conclude(&submit, &err);
out:
    waiting_close(submit.waiting);
    free(submit.items);
    free(submit.raw);
    buf_release(&submit.out);
    ready_list_release(&submit.soon);
    queue_close(submit.queue);
    store_close(submit.store);
    task_record_release(&defaults);
    conf_close(conf);
    return cmd_end(&cmd, &err);
}
