/*
 * action-command.c - a configured command; its exit status is the verdict
 *
 * The payload chooses among the operator's commands by name and gives the
 * input; it never adds to what is run.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "action/action-internal.h"
#include "core/clock.h"
#include "core/proc.h"

#define DEFAULT_LIMIT (10 * USEC_PER_SEC)

int64_t command_limit(const struct action_config *config)
{
    return config->command_timeout > 0 ? config->command_timeout
                                       : DEFAULT_LIMIT;
}

static const struct action_command *find(const struct effect *effect)
{
    const struct action_config *config = effect->run->config;
    struct json_slice name = {0};
    size_t i;

    json_member(&effect->payload, "name", &name);
    for (i = 0; i < config->command_count; i++)
        if (json_equals(&name, config->commands[i].name))
            return &config->commands[i];
    return NULL;
}

const char *command_unconfigured(const struct effect *effect)
{
    return find(effect) ? NULL : "there is no command of that name";
}

/* Statuses that say: the same input will never do. */
static bool is_permanent(int status)
{
    return status == 64 || status == 65 || status == 77 || status == 78;
}

static void judge_late(struct effect *effect)
{
    char span[CLOCK_SPAN_SIZE];

    clock_span(command_limit(effect->run->config), span);
    effect_end(effect, ACTION_RETRY, "killed after %s", span);
}

static void judge(struct effect *effect, const struct child_job *job)
{
    int status = WEXITSTATUS(job->status);

    if (job->timed_out)
        judge_late(effect);
    else if (!WIFEXITED(job->status))
        effect_end(effect, ACTION_RETRY, "ended by signal %d",
                   WTERMSIG(job->status));
    else if (status == 0)
        effect_end(effect, ACTION_COMPLETED, "exited with 0");
    else
        effect_end(effect, is_permanent(status) ? ACTION_DEAD : ACTION_RETRY,
                   "exited with %d", status);
}

void command_real(struct effect *effect)
{
    char *const *argv = find(effect)->argv;
    struct action_outcome *outcome = effect->outcome;
    struct err err = {0};
    char *path = proc_lookup(argv[0], &err);
    struct child_job job = {.path = path, .argv = argv};

    payload_bytes(&effect->payload, "input", &job.input);
    if (!path)
        effect_end(effect, ACTION_DEAD, ACTION_UNCONFIGURED "%s", err.msg);
    else if (child_run(effect, &job, &err) == 0)
        judge(effect, &job);
    else
        effect_end(effect, err.code == ERR_CONFIG ? ACTION_DEAD : ACTION_RETRY,
                   "%s", err.msg);
    effect_safe_text(outcome->answer, sizeof(outcome->answer), job.output.data,
                     job.output.len);
    buf_release(&job.input);
    buf_release(&job.output);
    free(path);
}

int command_show(const struct effect *effect, struct buf *text, struct err *err)
{
    const struct action_command *command = find(effect);
    size_t i;

    (void)err;
    if (!command)
        buf_str(text, "command: (not configured)\n");
    for (i = 0; command && command->argv[i]; i++) {
        buf_fmt(text, "argv[%zu]: ", i);
        buf_printable(text, command->argv[i], strlen(command->argv[i]));
        buf_byte(text, '\n');
    }
    buf_str(text, "\n");
    payload_bytes(&effect->payload, "input", text);
    buf_byte(text, '\n');
    return 0;
}
