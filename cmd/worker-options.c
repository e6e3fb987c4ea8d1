/*
 * worker-options.c - from the options of aaos-worker to those of work_run()
 */
#include "config.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cmd/setup.h"
#include "cmd/worker.h"
#include "core/mem.h"

enum {
    TYPES_MAX = 256,
    FDS_A_JOB = 4, /* pipes of a command */
    FDS_BESIDE = 64
};

/* --- options of their own form -------------------------------------------- */

int worker_set_until(void *to, const char *value, struct err *err)
{
    enum work_until *until = to;

    if (value && strcmp(value, "all") != 0)
        return err_set(err, ERR_USAGE,
                       "--until-empty: must be 'all' or nothing (got '%s')",
                       value);
    *until = value ? WORK_UNTIL_EMPTY_ALL : WORK_UNTIL_EMPTY;
    return 0;
}

int worker_set_halt(void *to, const char *value, struct err *err)
{
    static const char *const forms[] = {"now,fail=", "soon,fail="};
    struct worker_given *given = to;
    size_t i;

    for (i = 0; i < LENGTH(forms); i++) {
        size_t len = strlen(forms[i]);

        if (strncmp(value, forms[i], len) != 0)
            continue;
        given->halt_now = i == 0;
        if (conf_parse_int(value + len, 1, INT32_MAX, &given->halt_fail, err) <
            0)
            return err_wrap(err, "--halt");
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "--halt: must be now,fail=N or soon,fail=N (got '%s')",
                   value);
}

/* --- task types ----------------------------------------------------------- */

static int add_type(const char *word, const struct task_rules *rules,
                    struct work_options *options, struct err *err)
{
    static const char *types[TYPES_MAX];
    const char *nearest;
    size_t i;

    for (i = 0; i < rules->type_count; i++) {
        if (strcmp(rules->types[i], word) != 0)
            continue;
        if (options->type_count == TYPES_MAX)
            return err_set(err, ERR_USAGE, "more than %d task types",
                           TYPES_MAX);
        types[options->type_count++] = rules->types[i];
        options->types = types;
        return 0;
    }
    nearest = conf_nearest(word, rules->types, rules->type_count);
    err_set(err, ERR_USAGE, "unknown task type '%s'", word);
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    else
        err_hint(err, "setting task.types names further ones");
    return -1;
}

static int add_types(const char *list, const struct task_rules *rules,
                     struct work_options *options, struct err *err)
{
    char *copy = xstrdup(list);
    char *rest = copy;
    const char *word;
    int ret = 0;

    while (ret == 0 && (word = strsep(&rest, ",")))
        ret = add_type(word, rules, options, err);
    free(copy);
    return ret;
}

/* -t outweighs what the profile takes. */
static int set_types(const struct worker_given *given,
                     struct work_options *options, struct err *err)
{
    struct work_profile profile = {0};
    struct task_rules rules = options->rules;
    int ret = 0;
    size_t i;

    if (given->profile && work_profile_find(options->profiles, options->llm,
                                            given->profile, &profile, err) < 0)
        return -1;
    options->profile = given->profile;
    if (given->types)
        ret = add_types(given->types, &rules, options, err);
    for (i = 0; !given->types && ret == 0 && i < profile.type_count; i++)
        ret = add_type(profile.types[i], &rules, options, err);
    work_profile_release(&profile);
    return ret;
}

/* --- handler -------------------------------------------------------------- */

static int set_builtin(const char *name, struct work_options *options)
{
    static const char *const names[] = {
        [BUILTIN_NOOP] = "noop",         [BUILTIN_ECHO] = "echo",
        [BUILTIN_SLEEP] = "sleep",       [BUILTIN_FAIL] = "fail",
        [BUILTIN_SIMULATE] = "simulate",
    };
    size_t i;

    options->handler = WORK_BUILTIN;
    for (i = 0; i < LENGTH(names); i++)
        if (strcmp(names[i], name) == 0)
            options->builtin = (enum work_builtin)i;
    return 0;
}

static int set_handler(const struct worker_given *given, char **argv,
                       struct work_options *options, struct err *err)
{
    if (given->builtin && (*argv || given->coprocess))
        return err_set(err, ERR_USAGE,
                       "--builtin and a command exclude each other");
    if (given->llm && (*argv || given->coprocess || given->builtin))
        return err_set(err, ERR_USAGE,
                       "--llm and another handler exclude each other");
    if (!given->llm && given->proof)
        return err_set(err, ERR_USAGE, "--proof is for --llm");
    options->proof = given->proof;
    if (given->llm) {
        options->handler = WORK_LLM;
        return 0;
    }
    if (given->builtin)
        return set_builtin(given->builtin, options);
    if (!*argv) {
        err_set(err, ERR_USAGE, "no handler is named");
        return err_hint(err, "give a command behind '--', or --llm");
    }
    options->handler = given->coprocess ? WORK_COPROCESS : WORK_COMMAND;
    options->argv = argv;
    options->placeholder = given->placeholder;
    return 0;
}

static int processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* To be told now is better than tasks that cannot be started later. */
static int set_jobs(int64_t jobs, struct work_options *options, struct err *err)
{
    struct rlimit limit;
    int64_t need;

    options->jobs = jobs > 0 ? (int)jobs : processors();
    need = (int64_t)options->jobs * FDS_A_JOB + FDS_BESIDE;
    if (options->handler != WORK_COMMAND ||
        getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur == RLIM_INFINITY || (int64_t)limit.rlim_cur >= need)
        return 0;
    err_set(err, ERR_CONFIG, "%d jobs need more open files than %lld",
            options->jobs, (long long)limit.rlim_cur);
    return err_hint(err, "ulimit -n %lld", (long long)need);
}

/* --- the rest ------------------------------------------------------------- */

static int set_permanent(const char *list, struct work_options *options,
                         struct err *err)
{
    char *copy = xstrdup(list);
    char *rest = copy;
    const char *word;
    int ret = 0;

    while (ret == 0 && (word = strsep(&rest, ", "))) {
        int64_t status;

        if (!*word)
            continue;
        ret = conf_parse_int(word, 1, 255, &status, err);
        if (ret == 0)
            options->permanent[status] = true;
        else
            err_wrap(err, "--permanent");
    }
    free(copy);
    return ret;
}

static int64_t number(struct conf *conf, const char *name, int64_t given)
{
    return given >= 0 ? given : conf_num(conf, name);
}

int worker_options(const struct worker_given *given, char **argv,
                   struct conf *conf, struct work_options *options,
                   struct err *err)
{
    const char *permanent = given->permanent
                                ? given->permanent
                                : conf_text(conf, "worker.permanent");

    *options = (struct work_options){
        .name = given->name,
        .once = given->once,
        .until = given->until,
        .max_tasks = given->max_tasks,
        .stdin_json =
            given->stdin_form && strcmp(given->stdin_form, "json") == 0,
        .lease = number(conf, "worker.lease", given->lease),
        .timeout = number(conf, "worker.timeout", given->timeout),
        .grace = number(conf, "worker.grace", given->grace),
        .output_limit =
            number(conf, "worker.output_limit", given->output_limit),
        .stderr_limit = conf_num(conf, "worker.stderr_limit"),
        .artifact_limit = conf_num(conf, "worker.artifact_limit"),
        .halt_now = given->halt_now,
        .halt_fail = given->halt_fail,
        .joblog = given->joblog,
        .profiles = conf_text(conf, "worker.profiles"),
        .version = PACKAGE_VERSION,
    };
    setup_rules(conf, &options->rules);
    options->defaults = task_record_new();
    options->defaults.task_type =
        xstrdup(conf_text(conf, "submit.default_type"));
    options->defaults.max_attempts = (int)conf_num(conf, "task.max_attempts");
    if (set_handler(given, argv, options, err) < 0 ||
        worker_llm_config(given, conf, options, err) < 0 ||
        set_jobs(given->once ? 1 : given->jobs, options, err) < 0 ||
        set_types(given, options, err) < 0 ||
        set_permanent(permanent ? permanent : "", options, err) < 0)
        return -1;
    options->state_dir = conf_state_dir(conf, true, err);
    return options->state_dir ? 0 : -1;
}
