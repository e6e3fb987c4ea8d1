/*
 * submit-log.c - a line of the log for each task
 *
 * A line says that a task is stored, so none is written before COMMIT: the
 * records of --atomic are gone by then, and what their lines need waits in a
 * file, as strings that end with NUL.
 */
#include "config.h"

#include <stdlib.h>

#include "cmd/submit.h"
#include "core/attr.h"
#include "core/log.h"

static const char *const names[] = {
    "task_id", "correlation_id", "task_type", "status", "workflow_id",
};
enum { FIELDS = LENGTH(names) };

struct told {
    const char *texts[FIELDS]; /* "": none */
    bool duplicate;
};

/* As the store fills it in; of a duplicate only the id is known. */
static struct told told_of(const struct submit *submit,
                           const struct submit_item *item)
{
    const struct task_record *record = &item->record;
    bool duplicate = item->outcome == SUBMIT_DUPLICATE;
    const char *correlation_id = record->correlation_id ? record->correlation_id
                                 : submit->workflow_id  ? submit->workflow_id
                                                        : item->task_id;

    if (duplicate)
        return (struct told){
            .texts = {item->task_id, "", record->task_type, "", ""},
            .duplicate = true,
        };
    return (struct told){
        .texts = {item->task_id, correlation_id, record->task_type,
                  task_status_name(item->status),
                  submit->workflow_id ? submit->workflow_id : ""},
    };
}

static void put(const struct told *told)
{
    struct log_field fields[FIELDS];

    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = log_text(names[i], *told->texts[i] ? told->texts[i] : NULL);
    log_event(log_task_level(),
              told->duplicate ? "task_duplicate" : "task_submitted", fields,
              FIELDS);
}

void submit_log(const struct submit *submit, const struct submit_item *item)
{
    struct told told;

    if (!log_enabled(log_task_level()))
        return;
    told = told_of(submit, item);
    put(&told);
}

int submit_log_spool(const struct submit *submit,
                     const struct submit_item *item, FILE *file,
                     struct err *err)
{
    struct told told;

    if (!log_enabled(log_task_level()))
        return 0;
    told = told_of(submit, item);
    putc(told.duplicate ? 'd' : 's', file);
    for (size_t i = 0; i < FIELDS; i++) {
        fputs(told.texts[i], file);
        putc('\0', file);
    }
    if (ferror(file))
        return err_errno(err, ERR_IO, "cannot write the spool");
    return 0;
}

void submit_log_replay(FILE *file)
{
    char *texts[FIELDS] = {NULL};
    size_t sizes[FIELDS] = {0};
    bool whole = true;
    int kind;

    rewind(file);
    while (whole && (kind = getc(file)) != EOF) {
        struct told told = {.duplicate = kind == 'd'};

        for (size_t i = 0; i < FIELDS; i++) {
            whole = whole && getdelim(&texts[i], &sizes[i], '\0', file) > 0;
            told.texts[i] = texts[i];
        }
        if (whole)
            put(&told);
    }
    for (size_t i = 0; i < FIELDS; i++)
        free(texts[i]);
}
