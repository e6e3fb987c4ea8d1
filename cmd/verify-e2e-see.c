/*
 * verify-e2e-see.c - what can be seen: programs, counts, messages
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verify-e2e.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/mem.h"
#include "store/flags.h"

enum { MESSAGES_LIMIT = 1 << 20 };

/* --------------------------------------------------------- prerequisites */

static void check_program(struct e2e *e2e, const char *program)
{
    struct buf out = {0};

    if (!e2e_run(e2e, NULL, 0, &out, E2E_ARGS(program, "--version")))
        return;
    if (!strstr(out.data, PACKAGE_VERSION))
        verify_offend(e2e->verify, program, "is of another version: %.*s",
                      (int)strcspn(out.data, "\n"), out.data);
    buf_release(&out);
}

/* Programs of one version, services that answer, switches that allow it. */
void e2e_prerequisites(struct e2e *e2e)
{
    struct flags flags = {0};
    struct queue_info info;
    struct err err = {0};

    check_program(e2e, "aaos-submit");
    check_program(e2e, "aaos-worker");
    check_program(e2e, "aaos-status");
    if (store_flags(e2e->store, &flags, &err) < 0)
        verify_unknown(e2e->verify, &err);
    else if (flags.killed || flags.paused_in || flags.paused_out)
        verify_offend(e2e->verify, "flags", "the queue is %s",
                      flags.killed ? "killed" : "paused");
    flags_release(&flags);
    queue_info(e2e->queue, &info);
    if (info.configured && !info.reachable) {
        err_set(&err, ERR_UNAVAIL, "Redis at '%s' is away: %s", info.name,
                info.error);
        verify_unknown(e2e->verify, &err);
    }
    verify_note(e2e->verify, "%s%s%s", db_name(store_db(e2e->store)),
                info.configured ? ", " : "", info.configured ? info.name : "");
}

/* --------------------------------------------------------------- metrics */

/* A number of the row of our type in `aaos-status queues`. */
static int64_t queue_count(struct e2e *e2e, const char *state)
{
    struct buf out = {0};
    int64_t count = 0;
    struct json_slice list;
    struct json_slice row;
    struct json_slice type;
    struct json_slice number;
    struct err err = {0};

    if (!e2e_run(e2e, NULL, 0, &out,
                 E2E_ARGS("aaos-status", "queues", "-o", "json")))
        return -1;
    if (json_check(out.data, out.len, &list, &err) < 0)
        verify_offend(e2e->verify, "aaos-status queues", "%s", err.msg);
    else {
        struct json_walk walk = {.within = list};

        while (json_next(&walk, NULL, &row))
            if (json_member(&row, "task_type", &type) &&
                json_equals(&type, e2e->name) &&
                json_member(&row, state, &number))
                json_integer(&number, &count);
    }
    buf_release(&out);
    return count;
}

static void want_count(struct e2e *e2e, const char *state, int64_t want)
{
    int64_t got = queue_count(e2e, state);

    if (got >= 0 && got != want)
        verify_offend(e2e->verify, "aaos-status queues", "%s is %lld, not %lld",
                      state, (long long)got, (long long)want);
}

void e2e_metrics(struct e2e *e2e)
{
    enum { COUNT = 5 };
    struct e2e_agents before = {0};
    struct e2e_agents after = {0};
    struct err err = {0};

    if (e2e_agents(e2e->store, e2e->name, &before, &err) < 0 ||
        !e2e_submit_many(e2e, COUNT))
        return;
    want_count(e2e, "pending", COUNT);
    if (!e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "--builtin", "noop")))
        return;
    want_count(e2e, "pending", 0);
    want_count(e2e, "completed", COUNT);
    if (e2e_agents(e2e->store, e2e->name, &after, &err) < 0)
        verify_unknown(e2e->verify, &err);
    else if (after.count != before.count + 1 ||
             after.registered != before.registered + 1 || after.here > 0)
        verify_offend(e2e->verify, "agents",
                      "one worker has come and gone, but %lld agents, %lld "
                      "registrations, %lld still here",
                      (long long)(after.count - before.count),
                      (long long)(after.registered - before.registered),
                      (long long)after.here);
}

/* -------------------------------------------------------------- messages */

/* Writes down what it hears; answers every assignment with progress and
 * completion. */
static const char co_process[] =
    "printf '{\"type\":\"register\",\"agent_type\":\"e2e\"}\\n'\n"
    "while IFS= read -r line; do\n"
    "    printf '%s\\n' \"$line\" >>\"$1\"\n"
    "    case $line in\n"
    "    *'\"type\":\"task_assignment\"'*)\n"
    "        id=${line#*'\"task_id\":\"'} id=${id%%'\"'*}\n"
    "        printf '{\"type\":\"task_progress\",\"task_id\":\"%s\","
    "\"percent\":50,\"text\":\"half\"}\\n' \"$id\"\n"
    "        printf '{\"type\":\"task_complete\",\"task_id\":\"%s\","
    "\"result\":{\"heard\":true}}\\n' \"$id\" ;;\n"
    "    *'\"type\":\"shutdown\"'*) exit 0 ;;\n"
    "    esac\n"
    "done\n";

/* The type of a message, and the id in it if there is one. */
static void read_message(const char *line, size_t len, char **type, char **id)
{
    struct json_slice object;
    struct json_slice member;
    struct err err = {0};
    struct buf text = {0};

    *type = *id = NULL;
    if (json_check(line, len, &object, &err) < 0 || object.type != JSON_OBJECT)
        return;
    if (json_member(&object, "type", &member))
        json_decode(&member, &text);
    *type = buf_detach(&text);
    if (json_member(&object, "task_id", &member))
        json_decode(&member, &text);
    *id = buf_detach(&text);
}

/* First the acknowledgement, then the tasks in their order, at last the
 * shutdown. */
static void judge_messages(struct e2e *e2e, const struct buf *heard,
                           const struct buf *ids, int count)
{
    const char *line = heard->data;
    const char *want = ids->data;

    for (int i = 0; i < count + 2; i++) {
        const char *kind = i == 0           ? "registration_ack"
                           : i == count + 1 ? "shutdown"
                                            : "task_assignment";
        size_t len = strcspn(line, "\n");
        char at[32];
        char *type;
        char *id;

        snprintf(at, sizeof(at), "message %d", i + 1);
        read_message(line, len, &type, &id);
        if (!type || strcmp(type, kind) != 0)
            verify_offend(e2e->verify, at, "is '%s', not '%s'",
                          type ? type : "nothing", kind);
        else if (i > 0 && i <= count) {
            if (strncmp(id, want, strcspn(want, "\n")) != 0)
                verify_offend(e2e->verify, at, "assigns %s, not %.*s", id,
                              (int)strcspn(want, "\n"), want);
            want += strcspn(want, "\n") + 1;
        }
        line += len + (line[len] == '\n');
        free(type);
        free(id);
    }
    if (*line)
        verify_offend(e2e->verify, "message", "one more came: %.100s", line);
}

void e2e_ordering(struct e2e *e2e)
{
    enum { COUNT = 5 };
    char *file = e2e_path(e2e, "heard");
    struct buf ids = {0};
    struct buf heard = {0};
    struct db_rows rows = {0};
    struct err err = {0};

    if (e2e_submit(e2e, "first\nsecond\nthird\nfourth\nfifth\n", &ids) &&
        e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "--coprocess", "--",
                                "sh", "-c", co_process, "sh", file))) {
        if (file_read(file, MESSAGES_LIMIT, &heard, &err) < 0)
            verify_offend(e2e->verify, "co-process", "%s", err.msg);
        else
            judge_messages(e2e, &heard, &ids, COUNT);
        e2e_all_completed(e2e, COUNT, &rows);
        db_rows_release(&rows);
    }
    buf_release(&heard);
    buf_release(&ids);
    free(file);
}
