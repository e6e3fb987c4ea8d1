/*
 * worker-explain.c - questions that aaos-worker answers without working
 *
 *     aaos-worker --check-config
 *     aaos-worker --explain <record.json
 *
 * Records are read as aaos-submit reads them: a line is a JSON object or a
 * description.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/secret.h"
#include "cmd/setup.h"
#include "cmd/worker.h"
#include "core/cmd.h"
#include "core/file.h"
#include "core/json.h"
#include "core/mem.h"
#include "llm/settings.h"
#include "work/explain.h"

/* --- --check-config --------------------------------------------------------- */

static int check_config(const struct llm_config *config, struct err *err)
{
    struct buf text = {0};
    size_t missing = 0;

    llm_config_show(config, &text);
    fwrite(text.data, 1, text.len, stdout);
    buf_release(&text);
    for (size_t i = 0; i < config->nendpoints; i++)
        missing += config->endpoints[i].key_problem != NULL;
    if (missing == 0)
        return 0;
    return err_set(err, ERR_NO, "%zu endpoint%s no key", missing,
                   missing == 1 ? " has" : "s have");
}

/* --- --explain -------------------------------------------------------------- */

struct explaining {
    struct work_options options;
    struct store *store; /* NULL: there is none yet */
    struct queue *queue;
    size_t max_line;
    bool json;
    bool refused; /* a record would wait or fail */
    bool bad;     /* a line made no sense */
};

static int parse(const struct explaining *self, const struct record_text *text,
                 struct task_record *record, struct err *err)
{
    const struct work_options *options = &self->options;
    struct json_slice object;

    if (text->too_long)
        return err_set(err, ERR_DATA, "must not be longer than %zu bytes",
                       self->max_line);
    if (text->data[0] != '{')
        return task_record_text(text->data, text->len, &options->defaults,
                                &options->rules, record, err);
    if (json_check(text->data, text->len, &object, err) < 0)
        return err_wrap(err, "JSON");
    return task_record_parse(&object, &options->defaults, &options->rules,
                             record, err);
}

static void explain_line(struct explaining *self,
                         const struct record_text *text, struct err *err)
{
    struct task_record record = {0};
    struct buf out = {0};
    int ret = -1;

    if (parse(self, text, &record, err) == 0)
        ret = work_explain(self->store, self->queue, &self->options, &record,
                           self->json, &out, err);
    if (ret >= 0) {
        fwrite(out.data, 1, out.len, stdout);
        self->refused |= ret == 0;
    } else if (err->code == ERR_DATA) {
        cmd_warn("line %lld: %s%s%s%s", (long long)text->line, err->msg,
                 *err->hint ? " (" : "", err->hint, *err->hint ? ")" : "");
        err_clear(err);
        self->bad = true;
    }
    buf_release(&out);
    task_record_release(&record);
}

static int explain_all(struct explaining *self, struct err *err)
{
    struct reader *reader = reader_open(STDIN_FILENO, '\n', self->max_line);
    struct record_text text;
    int ret;

    while ((ret = reader_next(reader, -1, &text, err)) > 0 && !err->code)
        if (ret == 1 && text.len > 0)
            explain_line(self, &text, err);
    reader_close(reader);
    if (err->code)
        return -1;
    if (self->bad)
        return err_set(err, ERR_DATA, "not every line could be explained");
    return self->refused ? err_set(err, ERR_NO, "not every task could run now")
                         : 0;
}

/* Without a database nothing is known of any endpoint: that is fine. */
static int open_all(struct explaining *self, struct conf *conf, struct err *err)
{
    self->store = setup_store(conf, STORE_READ, "aaos-worker", err);
    if (!self->store && err->code != ERR_NOINPUT)
        return -1;
    err_clear(err);
    if (self->store)
        self->queue = setup_queue(conf, self->store, false, err);
    return err->code ? -1 : 0;
}

static int explain(const struct worker_given *given, struct conf *conf,
                   struct llm_config *config, struct err *err)
{
    struct explaining self = {
        .options = {.handler = WORK_LLM,
                    .profile = given->profile,
                    .profiles = conf_text(conf, "worker.profiles"),
                    .llm = config},
        .max_line = (size_t)conf_num(conf, "submit.max_line"),
        .json = given->output && strcmp(given->output, "json") == 0,
    };
    int ret;

    setup_rules(conf, &self.options.rules);
    self.options.defaults = task_record_new();
    self.options.defaults.task_type =
        xstrdup(conf_text(conf, "submit.default_type"));
    ret = open_all(&self, conf, err);
    if (ret == 0)
        ret = explain_all(&self, err);
    queue_close(self.queue);
    store_close(self.store);
    task_record_release(&self.options.defaults);
    return ret;
}

int worker_explain(const struct worker_given *given, const char *operand,
                   struct conf *conf, struct err *err)
{
    struct llm_config *config;
    int ret;

    if (operand || (given->explain && given->check_config))
        return err_set(err, ERR_USAGE,
                       "--explain and --check-config stand alone");
    config = llm_config_open(conf, secret_get, err);
    if (!config)
        return -1;
    ret = given->explain ? explain(given, conf, config, err)
                         : check_config(config, err);
    llm_config_close(config);
    return ret;
}
