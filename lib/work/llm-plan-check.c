/*
 * llm-plan-check.c - can a plan be carried out?
 *
 * What a schema cannot say: refs stand for one task each, name each other,
 * and come to an end.  The model is told what is wrong.
 */
#include "config.h"

#include <string.h>

#include "work/llm.h"

enum { TASKS_MAX = 50 };

struct step {
    struct json_slice ref, depends_on;
    bool done;
};

static int find(const struct step *steps, size_t count,
                const struct json_slice *ref)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (json_compare(steps[i].ref.data + 1, steps[i].ref.len - 2,
                         ref->data + 1, ref->len - 2) == 0)
            return (int)i;
    return -1;
}

static int check_ref(const struct json_slice *ref, size_t number,
                     struct err *err)
{
    struct buf text = {0};
    bool good;

    json_decode(ref, &text);
    good = text.len > 0 && text.len <= 100 &&
           strspn(text.data,
                  "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == text.len;
    buf_release(&text);
    if (good)
        return 0;
    return err_set(err, ERR_DATA,
                   "at '/tasks/%zu/ref': must be 1 to 100 letters, digits, "
                   "'.', '_' or '-'",
                   number);
}

static int read_steps(const struct json_slice *tasks, struct step *steps,
                      size_t *count, struct err *err)
{
    struct json_walk walk = {.within = *tasks};
    struct json_slice task;

    for (*count = 0; json_next(&walk, NULL, &task); ++*count) {
        if (*count == TASKS_MAX)
            return err_set(err, ERR_DATA, "at '/tasks': more than %d tasks",
                           TASKS_MAX);
        json_member(&task, "ref", &steps[*count].ref);
        json_member(&task, "depends_on", &steps[*count].depends_on);
        if (check_ref(&steps[*count].ref, *count, err) < 0)
            return -1;
        if (find(steps, *count, &steps[*count].ref) >= 0)
            return err_set(err, ERR_DATA,
                           "at '/tasks/%zu/ref': another task has that ref",
                           *count);
    }
    return *count > 0 ? 0 : err_set(err, ERR_DATA, "at '/tasks': no task");
}

/* 1: all that it depends on is done; 0 not yet; -1 names nobody. */
static int ready(const struct step *steps, size_t count, size_t at,
                 struct err *err)
{
    struct json_walk walk = {.within = steps[at].depends_on};
    struct json_slice ref;

    while (json_next(&walk, NULL, &ref)) {
        int other = find(steps, count, &ref);

        if (other < 0)
            return err_set(err, ERR_DATA,
                           "at '/tasks/%zu/depends_on': no task has the ref "
                           "%.*s",
                           at, (int)(ref.len < 100 ? ref.len : 100), ref.data);
        if (!steps[other].done)
            return 0;
    }
    return 1;
}

/* One round over all: how many more are done now; -1. */
static int round_of(struct step *steps, size_t count, struct err *err)
{
    int moved = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        int now = steps[i].done ? 0 : ready(steps, count, i, err);

        if (now < 0)
            return -1;
        if (now > 0)
            steps[i].done = true;
        moved += now;
    }
    return moved;
}

static int check_order(struct step *steps, size_t count, struct err *err)
{
    size_t done = 0;

    while (done < count) {
        int moved = round_of(steps, count, err);

        if (moved == 0)
            return err_set(err, ERR_DATA,
                           "at '/tasks': tasks wait for each other");
        if (moved < 0)
            return -1;
        done += (size_t)moved;
    }
    return 0;
}

int llm_plan_check(const struct json_slice *plan, struct err *err)
{
    struct step steps[TASKS_MAX] = {0};
    struct json_slice tasks;
    size_t count;

    if (json_member(plan, "tasks", &tasks) != 1)
        return err_set(err, ERR_DATA, "at '/tasks': it is not there");
    if (read_steps(&tasks, steps, &count, err) < 0)
        return -1;
    return check_order(steps, count, err);
}
