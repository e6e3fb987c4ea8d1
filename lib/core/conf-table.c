/*
 * conf-table.c - every setting there is
 *
 * The one place that names them: --show-config, aaos.conf(5),
 * examples/aaos.conf and the tests follow this table.
 */
#include "config.h"

#include "core/attr.h"
#include "core/conf.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const struct conf_setting settings[] = {
    {"database.url", CONF_TEXT, .env = "AAOS_DATABASE_URL",
     .env_fallback = "DATABASE_URL", .secret = true,
     .help = "where tasks are kept: a path, sqlite:PATH or postgresql://..."},
    {"redis.url", CONF_TEXT, .fallback = "none", .env = "AAOS_REDIS_URL",
     .env_fallback = "REDIS_HOST", .secret = true,
     .help = "Redis for wake-ups and the ready index, or none"},
    {"paths.state_dir", CONF_TEXT, .env = "AAOS_STATE_DIR",
     .help = "directory for the database, locks and artifacts"},

    {"submit.default_type", CONF_TEXT, .fallback = "research",
     .help = "type of a task that names none"},
    {"submit.max_line", CONF_SIZE, .fallback = "1m", .min = KIB,
     .max = 256 * MIB, .help = "longest line of input"},
    {"submit.batch", CONF_INT, .fallback = "1000", .min = 1, .max = 10000,
     .help = "tasks stored in one transaction"},

    {"task.types", CONF_LIST, .fallback = "",
     .help = "task types besides the known ones"},
    {"task.max_attempts", CONF_INT, .fallback = "3", .min = 1, .max = 1000,
     .help = "failures after which a task is dead"},
    {"task.max_losses", CONF_INT, .fallback = "3", .min = 1, .max = 1000,
     .help = "lost agents after which a task is dead"},
    {"task.aging_unit", CONF_DURATION, .fallback = "5m", .min = 0,
     .max = 365 * DAY,
     .help = "waiting time that outweighs one step of priority"},
    {"task.retry_base", CONF_DURATION, .fallback = "15s", .min = 0,
     .max = 365 * DAY,
     .help = "wait before the first retry, doubled for each further one"},
    {"task.retry_cap", CONF_DURATION, .fallback = "1h", .min = 0,
     .max = 365 * DAY, .help = "longest wait before a retry"},
    {"task.loss_base", CONF_DURATION, .fallback = "5s", .min = 0,
     .max = 365 * DAY,
     .help = "wait after the first loss, doubled for each further one"},
    {"task.idempotency_ttl", CONF_DURATION, .fallback = "30d", .min = 0,
     .max = 36500 * DAY,
     .help = "how long an idempotency key outlives its task"},

    {"task.retention", CONF_DURATION, .fallback = "30d", .min = 0,
     .max = 36500 * DAY,
     .help = "how long finished tasks and records are kept, 0 for ever"},

    {"dispatch.interval", CONF_DURATION, .fallback = "5s", .min = SECOND / 10,
     .max = HOUR, .help = "time between the ticks of aaos-dispatch run"},
    {"dispatch.max_actions", CONF_INT, .fallback = "3", .min = 0, .max = 10000,
     .help = "actions tried in one tick, webhooks not counted"},
    {"dispatch.max_time", CONF_DURATION, .fallback = "20s", .min = SECOND,
     .max = HOUR, .help = "time that a tick may take"},
    {"dispatch.lease", CONF_DURATION, .fallback = "30s", .min = 2 * SECOND,
     .max = HOUR,
     .help = "time after which another host takes over, more than max_time"},
    {"dispatch.action_attempts", CONF_INT, .fallback = "3", .min = 1,
     .max = 1000, .help = "tries after which an action is dead"},
    {"dispatch.action_spacing", CONF_DURATION, .fallback = "5s", .min = 0,
     .max = DAY, .help = "time between two tries of an action"},
    {"dispatch.webhook_schedule", CONF_LIST,
     .fallback = "5s,30s,5m,30m,2h,5h,10h,24h",
     .help = "times between the tries of a webhook, which then is dead"},

    {"action.webhook_secret", CONF_TEXT, .fallback = "none", .secret = true,
     .help = "env:NAME or file:PATH of whsec_ secrets, the newest first"},
    {"action.webhook_timeout", CONF_DURATION, .fallback = "10s",
     .min = SECOND / 10, .max = 600 * SECOND,
     .help = "time limit of a request that delivers an action"},
    {"action.allow_http", CONF_BOOL, .fallback = "false",
     .help = "deliver over plain http, too"},
    {"action.allow_private", CONF_BOOL, .fallback = "false",
     .help = "deliver to loopback and private addresses, too"},
    {"action.social_url", CONF_TEXT, .fallback = "none",
     .help = "https endpoint of actions of type post_social"},
    {"action.social_token", CONF_TEXT, .fallback = "none", .secret = true,
     .help = "env:NAME or file:PATH of its bearer token"},
    {"action.file_dir", CONF_TEXT, .fallback = "none",
     .help = "folder below which actions of type file write"},
    {"action.commands", CONF_TEXT, .fallback = "none",
     .help = "NAME=PATH [ARG...], ...: what actions of type command may run"},
    {"action.command_timeout", CONF_DURATION, .fallback = "10s",
     .min = SECOND / 10, .max = 600 * SECOND,
     .help = "time limit of a command"},

    {"audit.key", CONF_TEXT, .fallback = "none", .secret = true,
     .help = "env:NAME or file:PATH of a key that signs the audit"},

    {"worker.lease", CONF_DURATION, .fallback = "30s", .min = SECOND,
     .max = HOUR,
     .help = "time without a heartbeat after which a task is taken away"},
    {"worker.grace", CONF_DURATION, .fallback = "10s", .min = 0, .max = HOUR,
     .help = "time between SIGTERM and SIGKILL for a handler"},
    {"worker.timeout", CONF_DURATION, .fallback = "0", .min = 0,
     .max = 365 * DAY,
     .help = "time limit of tasks that set none, 0 for no limit"},
    {"worker.output_limit", CONF_SIZE, .fallback = "1m", .min = 0, .max = GIB,
     .help = "bytes of output kept as the result"},
    {"worker.stderr_limit", CONF_SIZE, .fallback = "1m", .min = 0, .max = GIB,
     .help = "bytes of stderr kept as log"},
    {"worker.artifact_limit", CONF_SIZE, .fallback = "1g", .min = 0,
     .max = 1024 * GIB, .help = "bytes of output kept as an artifact"},
    {"worker.permanent", CONF_LIST, .fallback = "64,65,66,77,78", .min = 1,
     .max = 255, .help = "exit statuses of a handler that are never retried"},
    {"worker.profiles", CONF_TEXT, .fallback = "none",
     .help = "folder of agent profiles (NAME.ini and NAME.md) of your own"},

    {"llm.url", CONF_TEXT, .env = "AAOS_LLM_URL", .fallback = "none",
     .secret = true,
     .help = "the one endpoint, when there is no [endpoint NAME]"},
    {"llm.wire", CONF_TEXT, .env = "AAOS_LLM_WIRE", .fallback = "openai",
     .values = "openai|anthropic|ollama", .help = "what it speaks"},
    {"llm.key", CONF_REFERENCE, .env = "AAOS_LLM_KEY", .fallback = "none",
     .help = "env:NAME or file:PATH of its key"},
    {"llm.model", CONF_TEXT, .env = "AAOS_LLM_MODEL", .fallback = "none",
     .help = "its model for tasks that name none"},
    {"llm.prices", CONF_TEXT, .fallback = "none",
     .help = "file of prices, in the shape of LiteLLM's"},
    {"llm.max_output", CONF_INT, .fallback = "1024", .min = 1, .max = 10000000,
     .help = "tokens that an answer may have when nothing else says"},
    {"llm.affinity", CONF_DURATION, .fallback = "5m", .min = 0, .max = DAY,
     .help = "how long a session stays with the model that it used"},

    {"budget.task", CONF_MONEY,
     .help = "US dollars that a task may cost that names no budget"},
    {"budget.workflow", CONF_MONEY,
     .help = "US dollars that the tasks of a workflow may cost"},
    {"budget.agent_day", CONF_MONEY,
     .help = "US dollars that each kind of agent may spend a day"},
    {"budget.day", CONF_MONEY, .help = "US dollars that may be spent a day"},
    {"budget.total", CONF_MONEY, .help = "US dollars that may be spent in all"},

    {"log.format", CONF_TEXT, .fallback = "text", .values = "text|json",
     .help = "form of log lines"},
    {"log.level", CONF_TEXT, .fallback = "info",
     .values = "error|warn|info|debug",
     .help = "least important events that are logged"},
};

const struct conf_setting *conf_settings(size_t *count)
{
    *count = LENGTH(settings);
    return settings;
}
