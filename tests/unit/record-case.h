/*
 * record-case.h - a record from a line of JSON, for tests
 */
#ifndef AAOS_TESTS_RECORD_CASE_H
#define AAOS_TESTS_RECORD_CASE_H

#include "tap.h"
#include "task/record.h"

static const struct task_rules rules = {task_builtin_types,
                                        LENGTH(task_builtin_types)};

ATTR_UNUSED
static int parse(const char *json, const struct task_record *defaults,
                 struct task_record *out, struct err *err)
{
    struct json_slice slice;

    if (json_check(json, strlen(json), &slice, err) < 0)
        return -1;
    return task_record_parse(&slice, defaults, &rules, out, err);
}

/* The record, which must be taken. */
ATTR_UNUSED
static struct task_record parsed(const char *json,
                                 const struct task_record *defaults)
{
    struct task_record record = task_record_new();
    struct err err = {0};

    ok(parse(json, defaults, &record, &err) == 0, "%.60s is taken", json);
    if (err.code)
        printf("# %s\n", err.msg);
    return record;
}

#endif
