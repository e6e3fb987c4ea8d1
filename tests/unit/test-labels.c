/*
 * Batches whose records name many workflows.
 */
#include "config.h"

#include <stdio.h>

#include "core/mem.h"
#include "store/submit.h"

#include "store-case.h"

enum { NAMES = 300, EACH = 2, TASKS = NAMES * EACH };

/* Each name once, in an order of no help, then all of them again. */
static struct items many(char *lines[TASKS + 1])
{
    struct items list;

    for (int i = 0; i < TASKS; i++)
        lines[i] = xasprintf("{\"description\":\"look\",\"task_type\":\"qa\","
                             "\"workflow\":\"w %d \\\"\\u00e9\\\"\","
                             "\"correlation_id\":\"c-%d\"}",
                             i * 7 % NAMES, i);
    lines[TASKS] = NULL;
    list = items_of((const char *const *)lines);
    for (int i = 0; i < TASKS; i++)
        free(lines[i]);
    return list;
}

static void test_many_names(void)
{
    struct store *store = case_open();
    char *lines[TASKS + 1];
    struct items list = many(lines);
    struct items again;

    ok(store_submit(store, list.items, list.count, false, &err) == 0,
       "hundreds of workflows are named in one batch");
    ok(case_num(store, "SELECT count(*) FROM workflows") == NAMES,
       "each is made once");
    ok(case_num(store, "SELECT count(*) FROM (SELECT workflow_id, count(*) "
                       "AS n FROM tasks GROUP BY workflow_id) x "
                       "WHERE n = 2") == NAMES,
       "and every task is in its own");
    is(case_text(store, "SELECT w.name FROM tasks t JOIN workflows w "
                        "ON w.workflow_id = t.workflow_id WHERE t.seq = 2"),
       "w 7 \"\xc3\xa9\"", "under the name that its record gave");
    is(case_text(store, "SELECT w.correlation_id FROM tasks t "
                        "JOIN workflows w ON w.workflow_id = t.workflow_id "
                        "WHERE t.seq = 302"),
       "c-1", "the first record that names one lends it its correlation id");
    again = many(lines);
    ok(store_submit(store, again.items, again.count, false, &err) == 0 &&
           case_num(store, "SELECT count(*) FROM workflows") == NAMES,
       "the next batch finds them all");
    items_release(&again);
    items_release(&list);
    store_close(store);
}

static void test_some_new(void)
{
    struct store *store = case_open();
    struct items list =
        case_submit(store, LINES("{\"task_type\":\"qa\",\"description\":"
                                 "\"look\",\"workflow\":\"b\"}"));
    struct items more = case_submit(
        store, LINES("{\"task_type\":\"qa\",\"description\":\"look\","
                     "\"workflow\":\"c\"}",
                     "{\"task_type\":\"qa\",\"description\":\"look\"}",
                     "{\"task_type\":\"qa\",\"description\":\"look\","
                     "\"workflow\":\"b\"}",
                     "{\"task_type\":\"qa\",\"description\":\"look\","
                     "\"workflow\":\"a\"}"));

    is(case_text(store, "SELECT w.name FROM tasks t JOIN workflows w "
                        "ON w.workflow_id = t.workflow_id WHERE t.seq = 2"),
       "c", "a new name beside an old one is made");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE seq = 3 AND "
                       "workflow_id IS NULL") == 1,
       "who names none is in none");
    ok(case_num(store, "SELECT count(*) FROM tasks a JOIN tasks b ON "
                       "a.workflow_id = b.workflow_id "
                       "WHERE a.seq = 1 AND b.seq = 4") == 1,
       "and the old one is found");
    items_release(&more);
    items_release(&list);
    store_close(store);
}

static void tests(void)
{
    test_many_names();
    test_some_new();
}

int main(void)
{
    return case_main(tests);
}
