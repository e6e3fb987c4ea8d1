/*
 * Records that name each other, and names that clash.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"
#include "task/links.h"
#include "task/refs.h"

static struct err err;

static void test_refs(void)
{
    enum { MANY = 5000 };
    struct refs *refs = refs_open(MANY);
    struct ref *ref = NULL;
    char name[16];
    bool good = true;

    ok(!refs_find(refs, "a"), "an empty table has no name");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        good = good && refs_add(refs, name, &ref, &err) == 1;
        ref->index = (size_t)i;
    }
    ok(good && refs_count(refs) == MANY, "thousands of names");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        good = good && refs_find(refs, name)->index == (size_t)i &&
               strcmp(refs_at(refs, (size_t)i)->name, name) == 0;
    }
    ok(good, "each is found, and they keep their order");
    ok(refs_add(refs, "n7", &ref, &err) == 0 && ref->index == 7,
       "a name that is there is given back");
    ok(refs_add(refs, "more", &ref, &err) == -1 && err.code == ERR_DATA,
       "their number is bounded");
    err_clear(&err);
    refs_close(refs);
}

/* Records as "name parent parent|name parent"; '.' is no name. */
static int check(const char *records, struct links **out)
{
    struct links *links = links_open("task");
    char *copy = xstrdup(records);
    char *rest = copy;
    char *line;
    int64_t number = 0;
    int ret = 0;

    err_clear(&err);
    while (ret == 0 && (line = strsep(&rest, "|"))) {
        struct task_record record = task_record_new();
        char *parents[8];
        char *name = strsep(&line, " ");

        record.ref = strcmp(name, ".") == 0 ? NULL : name;
        record.depends_on = parents;
        while (line)
            parents[record.depends_count++] = strsep(&line, " ");
        ret = links_add(links, &record, ++number, &err);
    }
    if (ret == 0)
        ret = links_check(links, &err);
    free(copy);
    if (out)
        *out = links;
    else
        links_close(links);
    return ret;
}

static void test_links(void)
{
    struct links *links;

    ok(check("a|b a|. a b", &links) == 0 && !links_forward(links) &&
           links_count(links) == 3,
       "earlier records are found");
    links_close(links);
    ok(check(". b a|a|b a", &links) == 0 && links_forward(links) &&
           links_order(links)[0] == 1 && links_order(links)[2] == 0,
       "so are later ones, and the order says who comes first");
    links_close(links);
    ok(check("a 01a00000-0000-7000-8000-000000000000", NULL) == 0,
       "a task id may be that of a stored task");
    ok(check("a|b x", NULL) == -1 && err.code == ERR_DATA,
       "anything else must be there");
    is(err.msg, "task 2 ('b'): depends_on: there is no 'x' here",
       "and the message names who wants it");
    ok(check("a|. x", NULL) == -1 &&
           strcmp(err.msg, "task 2: depends_on: there is no 'x' here") == 0,
       "by its number when it has no name");
    ok(check("a|b|a", NULL) == -1 && strstr(err.msg, "ref: 'a' is used"),
       "a name belongs to one record");
}

static void test_circles(void)
{
    ok(check("a b|b c|c a", NULL) == -1, "three that wait for each other");
    ok(strstr(err.msg, "a -> b -> c -> a") ||
           strstr(err.msg, "b -> c -> a -> b") ||
           strstr(err.msg, "c -> a -> b -> c"),
       "the message shows the way round: %s", err.msg);
    ok(check("a a", NULL) == -1 && strstr(err.msg, "a -> a"),
       "one that waits for itself");
    ok(check("a b|b c|c d|d e|e f|f g|g h|h a", NULL) == -1 &&
           strstr(err.msg, "(2 more)"),
       "a long way is cut: %s", err.msg);
    err_clear(&err);
}

int main(void)
{
    test_refs();
    test_links();
    test_circles();
    return tap_done();
}
