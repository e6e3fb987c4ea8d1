/*
 * submit-file.c - a workflow file: many tasks that wait for each other
 *
 *     {"name": "release",
 *      "defaults": {"task_type": "code", "priority": 7},
 *      "tasks": [
 *          {"ref": "build", "description": "build it"},
 *          {"ref": "test", "description": "test it",
 *           "depends_on": ["build"]}]}
 *
 * Everything is read and judged first, so that each thing that is wrong
 * gets its message; then one transaction takes it all.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/submit.h"
#include "core/cmd.h"
#include "core/failpoint.h"
#include "core/json.h"
#include "core/mem.h"
#include "task/links.h"

enum { MOST_BYTES = 256 << 20, MOST_TASKS = 1000000 };

struct file {
    struct buf text;
    struct json_slice tasks;
    struct task_record defaults; /* of the file, over those of the options */
    char *name;                  /* of the workflow, or NULL */
    struct links *links;
};

/* --- the outer object ----------------------------------------------------- */

static int read_name(struct file *file, const struct json_slice *value,
                     struct err *err)
{
    struct task_record probe = task_record_new();
    struct buf name = {0};
    int ret = -1;

    if (value->type != JSON_STRING)
        return err_set(err, ERR_DATA, "name: must be a string (got %s)",
                       json_type_name(value->type));
    json_decode(value, &name);
    /* The rules for a label are those of a record's workflow. */
    if (task_record_set(&probe, "workflow", name.data ? name.data : "", NULL,
                        err) == 0) {
        file->name = buf_detach(&name);
        ret = 0;
    } else {
        err_wrap(err, "name");
    }
    task_record_release(&probe);
    buf_release(&name);
    return ret;
}

static int read_defaults(struct submit *submit, struct file *file,
                         const struct json_slice *value, struct err *err)
{
    struct task_record own;
    const char *wrong = NULL;

    if (task_record_defaults(value, &submit->defaults, &submit->rules, &own,
                             err) < 0)
        return err_wrap(err, "defaults");
    if (own.ref)
        wrong = "ref";
    else if (own.idempotency_key)
        wrong = "idempotency_key";
    else if (own.workflow)
        wrong = "workflow";
    task_record_release(&file->defaults);
    file->defaults = own;
    if (wrong)
        return err_set(err, ERR_DATA, "defaults: must not hold '%s'", wrong);
    return 0;
}

static int read_member(struct submit *submit, struct file *file,
                       const struct json_slice *key,
                       const struct json_slice *value, struct err *err)
{
    static const char *const known[] = {"name", "defaults", "tasks"};
    struct buf name = {0};
    size_t i;
    int ret = 0;

    json_decode(key, &name);
    for (i = 0; i < LENGTH(known); i++)
        if (strcmp(name.data ? name.data : "", known[i]) == 0)
            break;
    if (i == 0)
        ret = read_name(file, value, err);
    else if (i == 1)
        ret = read_defaults(submit, file, value, err);
    else if (i == 2 && value->type != JSON_ARRAY)
        ret = err_set(err, ERR_DATA, "tasks: must be a list (got %s)",
                      json_type_name(value->type));
    else if (i == 2)
        file->tasks = *value;
    if (i == LENGTH(known)) {
        const char *near =
            conf_nearest(name.data ? name.data : "", known, LENGTH(known));

        ret = err_set(err, ERR_DATA, "unknown key %.*s%s%s%s",
                      (int)(key->len < 60 ? key->len : 60), key->data,
                      near ? " (did you mean '" : "", near ? near : "",
                      near ? "'?)" : "");
    }
    buf_release(&name);
    return ret;
}

static int read_outer(struct submit *submit, struct file *file, struct err *err)
{
    struct json_walk walk = {0};
    struct json_slice key, value;

    if (file->text.len == 0)
        return err_set(err, ERR_DATA, "it is empty");
    if (json_check(file->text.data, file->text.len, &walk.within, err) < 0)
        return err_wrap(err, "JSON");
    if (walk.within.type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "must be an object with 'tasks' (got %s)",
                       json_type_name(walk.within.type));
    while (json_next(&walk, &key, &value))
        if (read_member(submit, file, &key, &value, err) < 0)
            return -1;
    if (!file->tasks.data)
        return err_set(err, ERR_DATA, "tasks: is required");
    return 0;
}

/* --- the tasks ------------------------------------------------------------ */

/* A message about task `number`, which may have a name. */
static void complain(struct submit *submit, int64_t number, const char *ref,
                     const char *why)
{
    struct buf name = {0};

    if (ref) {
        buf_str(&name, " ('");
        buf_printable(&name, ref, strlen(ref));
        buf_str(&name, "')");
    }
    cmd_warn("%s %lld%s: %s", submit->unit, (long long)number,
             name.data ? name.data : "", why);
    submit->bad = true;
    buf_release(&name);
}

/* Its ref, even when the record as a whole is wrong; malloc'd or NULL. */
static char *ref_of(const struct json_slice *object)
{
    struct json_slice value;
    struct buf ref = {0};

    if (object->type != JSON_OBJECT || !json_member(object, "ref", &value) ||
        value.type != JSON_STRING)
        return NULL;
    json_decode(&value, &ref);
    return buf_detach(&ref);
}

static int parse_task(struct submit *submit, struct file *file,
                      const struct json_slice *object, struct submit_item *item,
                      struct err *err)
{
    if (object->len > submit->max_line)
        return err_set(err, ERR_DATA, "must not be longer than %zu bytes",
                       submit->max_line);
    if (task_record_parse(object, &file->defaults, &submit->rules,
                          &item->record, err) < 0)
        return -1;
    if (item->record.workflow)
        err_set(err, ERR_DATA, "workflow: the file is one already");
    if (err->code || links_add(file->links, &item->record, item->line, err) < 0)
        task_record_release(&item->record);
    return err->code ? -1 : 0;
}

static void read_task_of(struct submit *submit, struct file *file,
                         const struct json_slice *object)
{
    struct submit_item *item;
    struct err err = {0};
    char *ref;

    submit->read++;
    submit->items = xgrow(submit->items, submit->count, &submit->cap,
                          sizeof(*submit->items));
    item = &submit->items[submit->count];
    memset(item, 0, sizeof(*item));
    item->line = submit->read;
    if (parse_task(submit, file, object, item, &err) == 0) {
        submit->count++;
        return;
    }
    ref = ref_of(object);
    complain(submit, item->line, ref, err.msg);
    free(ref);
}

static int read_all(struct submit *submit, struct file *file, struct err *err)
{
    struct json_walk walk = {.within = file->tasks};
    struct json_slice value;

    while (json_next(&walk, NULL, &value)) {
        if (submit->read == MOST_TASKS)
            return err_set(err, ERR_DATA, "tasks: there are more than %d",
                           MOST_TASKS);
        read_task_of(submit, file, &value);
    }
    if (submit->read == 0)
        return err_set(err, ERR_DATA, "tasks: must not be empty");
    if (!submit->bad && links_check(file->links, err) < 0)
        return -1;
    return submit->bad ? err_set(err, ERR_DATA, "nothing was stored") : 0;
}

/* --- storing -------------------------------------------------------------- */

static int store_flow(struct submit *submit, struct submit_flow *flow,
                      struct err *err)
{
    FAILPOINT("submit.before");
    if (store_submit_flow(submit->store, flow, submit->items, submit->count,
                          err) < 0) {
        for (size_t i = 0; err->code == ERR_DATA && i < submit->count; i++)
            if (submit->items[i].bad)
                complain(submit, submit->items[i].line,
                         submit->items[i].record.ref, submit->items[i].why);
        if (submit->bad)
            return err_set(err, ERR_DATA, "nothing was stored");
        return err_wrap(err, "nothing was stored");
    }
    FAILPOINT("submit.committed");
    if (flow->name && *flow->label && strcmp(flow->name, flow->label) != 0)
        cmd_note("there is a workflow '%s' already: this one is '%s'",
                 flow->name, flow->label);
    submit->workflow_id = flow->workflow_id;
    return submit_acknowledge(submit, err);
}

int submit_file(struct submit *submit, const char *path, const char *name,
                struct err *err)
{
    struct file file = {0};
    struct submit_flow flow = {.name = name};
    const char *source = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    int ret = -1;

    file.links = links_open(submit->unit);
    file.defaults = task_record_new();
    if (file_read(source, MOST_BYTES, &file.text, err) < 0)
        goto out;
    if (task_record_defaults(&(struct json_slice){"{}", 2, JSON_OBJECT},
                             &submit->defaults, &submit->rules, &file.defaults,
                             err) < 0 ||
        read_outer(submit, &file, err) < 0 ||
        read_all(submit, &file, err) < 0) {
        err_wrap(err, "'%.80s'", path);
        goto out;
    }
    if (file.name)
        flow.name = file.name;
    if (submit->store) {
        ret = store_flow(submit, &flow, err);
    } else { /* --dry-run */
        submit->stored = submit->read;
        ret = 0;
    }
out:
    submit_items_release(submit);
    submit->workflow_id = NULL;
    task_record_release(&file.defaults);
    links_close(file.links);
    buf_release(&file.text);
    free(file.name);
    return ret;
}
