/*
 * index.c - members, scores, what is missing
 */
#include "config.h"

#include "verify/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "queue/queue-look.h"
#include "store/sql-names.h"
#include "verify/index-private.h"

enum { PAGE = 1000, SUSPECTS_MAX = 1000 };

/* Something that may have gone by the second look. */
struct suspect {
    int64_t seq, mark; /* what was seen: a score, an instant */
    char *id, *what;
};
struct suspects {
    struct suspect *items;
    size_t count, cap;
};

static void suspect(struct suspects *list, int64_t seq, int64_t mark,
                    const char *id, char *what)
{
    if (list->count == SUSPECTS_MAX) {
        free(what);
        return;
    }
    list->items =
        xgrow(list->items, list->count, &list->cap, sizeof(*list->items));
    list->items[list->count++] = (struct suspect){
        .seq = seq, .mark = mark, .id = xstrdup(id), .what = what};
}

static void suspects_release(struct suspects *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].id);
        free(list->items[i].what);
    }
    free(list->items);
    *list = (struct suspects){0};
}

static bool suspected(const struct suspects *list, const struct suspect *one)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].seq == one->seq && list->items[i].mark == one->mark)
            return true;
    return false;
}

/* Those of the second look that were there at the first. */
static void offend_lasting(struct verify *verify, const struct suspects *first,
                           const struct suspects *second)
{
    for (size_t i = 0; i < second->count; i++)
        if (suspected(first, &second->items[i]))
            verify_offend(verify, second->items[i].id, "%s",
                          second->items[i].what);
}

/* --------------------------------------------------------------- members */

/* One walk through a ready set. */
struct walking {
    struct index_look *look;
    const char *type;
    struct suspects *scores; /* NULL: members are judged */
};

static int64_t last_seq(struct store *store, struct err *err)
{
    struct db_rows rows = {0};
    int64_t last;

    if (db_query(store_db(store), SQL_VERIFY_LAST_SEQ, NULL, 0, &rows, err) < 0)
        return -1;
    last = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return last;
}

static int by_seq(const void *a, const void *b)
{
    const struct queue_member *x = a;
    const struct queue_member *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* What the database knows of them, in order of seq. */
static int find_tasks(struct store *store, const struct queue_member *members,
                      size_t count, struct db_rows *rows, struct err *err)
{
    struct buf list = {0};
    struct db_arg arg;
    int ret;

    buf_byte(&list, '[');
    for (size_t i = 0; i < count; i++)
        if (members[i].seq > 0)
            buf_fmt(&list, "%s%lld", list.len > 1 ? "," : "",
                    (long long)members[i].seq);
    buf_byte(&list, ']');
    arg = arg_textn(list.data, list.len);
    ret = db_query(store_db(store), SQL_VERIFY_MEMBERS, &arg, 1, rows, err);
    buf_release(&list);
    return ret;
}

enum { M_SEQ, M_TASK_ID, M_TASK_TYPE, M_STATUS, M_SORT_AT };

/* A member that the database does not know: pruned, or never there. */
static void judge_unknown(const struct walking *self,
                          const struct queue_member *member, int64_t last)
{
    struct verify *verify = self->look->verify;
    char *id = xasprintf("ready:%s %s", self->type, member->text);

    if (member->seq <= 0)
        verify_offend(verify, id, "is no number of a task");
    else if (member->seq > last)
        verify_offend(verify, id, "there has never been such a task");
    else
        self->look->stale++;
    free(id);
}

static void judge_known(const struct walking *self,
                        const struct queue_member *member,
                        const struct db_rows *rows, size_t row)
{
    const char *id = db_text(rows, row, M_TASK_ID);
    const char *type = db_text(rows, row, M_TASK_TYPE);
    int64_t sort_at = db_num(rows, row, M_SORT_AT);
    bool pending = strcmp(db_text(rows, row, M_STATUS), "pending") == 0;

    if (self->scores) {
        if (pending && member->score != sort_at)
            suspect(self->scores, member->seq, member->score, id,
                    xasprintf("its score is %lld, its place %lld",
                              (long long)member->score, (long long)sort_at));
        return;
    }
    if (strcmp(type, self->type) != 0)
        verify_offend(self->look->verify, id,
                      "is of type %s, but among those of type %s", type,
                      self->type);
    else if (!pending)
        self->look->stale++;
}

static int see_members(void *ctx, const struct queue_member *members,
                       size_t count, struct err *err)
{
    const struct walking *self = ctx;
    struct queue_member *sorted = xcalloc(count, sizeof(*sorted));
    struct db_rows rows = {0};
    int64_t last = 0;
    size_t row = 0;
    int ret;

    memcpy(sorted, members, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_seq);
    ret = find_tasks(self->look->store, sorted, count, &rows, err);
    if (ret == 0)
        last = last_seq(self->look->store, err);
    for (size_t i = 0; ret == 0 && last >= 0 && i < count; i++) {
        while (row < rows.count && db_num(&rows, row, M_SEQ) < sorted[i].seq)
            row++;
        if (row < rows.count && db_num(&rows, row, M_SEQ) == sorted[i].seq)
            judge_known(self, &sorted[i], &rows, row);
        else if (!self->scores)
            judge_unknown(self, &sorted[i], last);
    }
    self->look->members += (int64_t)count;
    db_rows_release(&rows);
    free(sorted);
    return ret == 0 && last >= 0 ? 0 : -1;
}

static int walk_all(struct index_look *look, struct suspects *scores,
                    struct err *err)
{
    look->members = look->stale = 0;
    for (size_t i = 0; i < look->type_count; i++) {
        struct walking self = {
            .look = look, .type = look->types[i], .scores = scores};

        if (queue_look_ready(look->queue, look->types[i], see_members, &self,
                             err) < 0)
            return -1;
    }
    return 0;
}

void index_check_members(struct index_look *look)
{
    struct err err = {0};

    verify_begin(look->verify, "members",
                 "what the index holds are tasks of the right type");
    if (walk_all(look, NULL, &err) < 0)
        verify_unknown(look->verify, &err);
    verify_note(look->verify, "%lld members, %lld of them not pending any more",
                (long long)look->members, (long long)look->stale);
    verify_end(look->verify);
}

/* --------------------------------------------------------------- missing */

enum { P_SEQ, P_TASK_ID, P_TASK_TYPE, P_SORT_AT, P_UPDATED_AT };

static void take_page(const struct db_rows *rows, struct ready_list *page)
{
    page->count = 0;
    for (size_t i = 0; i < rows->count; i++)
        ready_list_add(page, db_num(rows, i, P_SEQ), db_num(rows, i, P_SORT_AT),
                       db_text(rows, i, P_TASK_TYPE));
}

/* A page of pending tasks: how many there were, or -1. */
static int look_page(struct index_look *look, int64_t *after, int64_t before,
                     struct suspects *missing, struct err *err)
{
    const struct db_arg args[] = {arg_num(*after), arg_num(before),
                                  arg_num(PAGE)};
    struct ready_list page = {0};
    struct db_rows rows = {0};
    bool there[PAGE] = {false};
    int ret;

    if (db_query(store_db(look->store), SQL_VERIFY_PENDING, args, LENGTH(args),
                 &rows, err) < 0)
        return -1;
    take_page(&rows, &page);
    ret = queue_look_tasks(look->queue, page.items, page.count, there, err);
    for (size_t i = 0; ret == 0 && i < page.count; i++)
        if (!there[i])
            suspect(missing, page.items[i].seq, db_num(&rows, i, P_UPDATED_AT),
                    db_text(&rows, i, P_TASK_ID),
                    xasprintf("is pending, but not in ready:%s",
                              page.items[i].task_type));
    if (page.count > 0)
        *after = page.items[page.count - 1].seq;
    ret = ret == 0 ? (int)page.count : -1;
    ready_list_release(&page);
    db_rows_release(&rows);
    return ret;
}

static int look_missing(struct index_look *look, struct suspects *missing,
                        struct err *err)
{
    int64_t after = 0;
    int64_t now = 0;
    int got = PAGE;

    if (store_now(look->store, &now, err) < 0)
        return -1;
    while (got == PAGE)
        got = look_page(look, &after, now - look->options->look, missing, err);
    return got < 0 ? -1 : 0;
}

/* ------------------------------------------------------------- two looks */

/* Both kinds at one look. */
struct both {
    struct suspects scores, missing;
    struct err score_err, missing_err;
};

static void look_once(struct index_look *look, struct both *both)
{
    walk_all(look, &both->scores, &both->score_err);
    look_missing(look, &both->missing, &both->missing_err);
}

static void report(struct index_look *look, const struct suspects *first,
                   const struct suspects *second, const struct err *first_err,
                   const struct err *second_err)
{
    offend_lasting(look->verify, first, second);
    if (first_err->code)
        verify_unknown(look->verify, first_err);
    else if (second_err->code)
        verify_unknown(look->verify, second_err);
    verify_end(look->verify);
}

void index_check_tasks(struct index_look *look)
{
    struct both first = {0};
    struct both second = {0};

    look_once(look, &first);
    if (first.scores.count + first.missing.count > 0) {
        if (look->options->wait)
            look->options->wait(look->options->look);
        look_once(look, &second);
    }
    verify_begin(look->verify, "scores",
                 "a pending task stands where its priority puts it");
    report(look, &first.scores, &second.scores, &first.score_err,
           &second.score_err);
    verify_begin(look->verify, "indexed", "a pending task is in the index");
    report(look, &first.missing, &second.missing, &first.missing_err,
           &second.missing_err);
    suspects_release(&first.scores);
    suspects_release(&first.missing);
    suspects_release(&second.scores);
    suspects_release(&second.missing);
}
