/*
 * The live screen without a terminal: what is drawn in which size, and what
 * keys do.
 */
#include "config.h"

#include "report/top.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tap.h"

static struct screen screen;
static struct top_view view;
static struct top_model model;
static struct top_detail detail;
static struct buf text;
static char chosen[40];

static void fill_model(void)
{
    static const char *const kinds[] = {"completed", "failed", "control"};

    top_model_release(&model);
    view = (struct top_view){.focus = TOP_EVENT_LIST};
    model.now = INT64_C(1770000000) * USEC_PER_SEC;
    snprintf(model.database, sizeof(model.database), "%s", "sqlite:/x/aaos.db");
    snprintf(model.redis, sizeof(model.redis), "%s", "none");
    model.proof_mode = true;
    model.agents_count = 12;
    model.jobs = 24;
    model.busy = 3;
    model.completed = 7;
    model.queues = xcalloc(3, sizeof(*model.queues));
    model.queue_count = 3;
    for (size_t i = 0; i < 3; i++) {
        model.queues[i] = (struct top_queue){
            .pending = (int64_t)(i + 1) * 10, .dead = (int64_t)i, .wait = -1};
        snprintf(model.queues[i].type, 68, "type%zu", i);
    }
    model.agents = xcalloc(12, sizeof(*model.agents));
    model.agent_count = 12;
    for (size_t i = 0; i < 12; i++) {
        struct top_agent *agent = &model.agents[i];

        *agent = (struct top_agent){.jobs = 2, .running = 1, .percent = -1};
        snprintf(agent->name, 68, "agent%zu", i);
        snprintf(agent->state, sizeof(agent->state), "%s", "active");
        snprintf(agent->task_id, 40, "task-of-%zu", i);
        snprintf(agent->task, 240, "the task of %zu", i);
    }
    model.agents[0].percent = 40;
    for (int i = 0; i < 50; i++) {
        struct top_event *event = top_event_add(&model);

        event->ts = model.now + i * USEC_PER_SEC;
        snprintf(event->kind, sizeof(event->kind), "%s", kinds[i % 3]);
        snprintf(event->task_id, 40, "00000000-0000-%08d", i);
        snprintf(event->text, 240, "event %d", i);
    }
}

static void draw(int rows, int cols)
{
    screen_clear(&screen, rows, cols);
    top_draw(&screen, &view, &model, &detail);
}

static const char *row(int number)
{
    buf_reset(&text);
    screen_row(&screen, number, &text);
    return text.data ? text.data : "";
}

/* The first row that holds this, or -1. */
static int find(const char *what)
{
    for (int i = 0; i < screen.rows; i++)
        if (strstr(row(i), what))
            return i;
    return -1;
}

static int selected_row(void)
{
    for (int i = 0; i < screen.rows; i++)
        if (screen_at(&screen, i, 0)->attr & SCREEN_SELECTED)
            return i;
    return -1;
}

static enum top_wish press(enum top_key key)
{
    return top_press(&view, &model, key, "", chosen);
}

static enum top_wish type(const char *letters)
{
    enum top_wish wish = TOP_NOTHING;

    for (; *letters; letters++) {
        const char letter[2] = {*letters, '\0'};

        wish = top_press(&view, &model, TOP_KEY_CHAR, letter, chosen);
    }
    return wish;
}

static void test_layout(void)
{
    fill_model();
    draw(24, 80);
    ok(find("QUEUES") > 0 && find("AGENTS") > find("QUEUES") &&
           find("EVENTS") > find("AGENTS"),
       "80x24 has queues, agents and events, one below the other");
    ok(find("type2") > 0 && find("agent0") > 0 && find("event 49") > 0,
       "each with something in it");
    ok(strstr(row(find("agent0")), " 40% the task of 0") &&
           strstr(row(find("agent0")), "###... 1/2"),
       "an agent has its load and how far its task is");
    ok(find("event 49") < find("event 48"), "the newest event comes first");
    ok(strstr(row(1), "pending 60") && strstr(row(1), "dead 3"),
       "the header adds up");
    draw(60, 200);
    ok(find("QUEUES") == find("EVENTS"), "a wide one has events beside");
    draw(10, 40);
    ok(find("EVENTS") == 1 && find("AGENTS") < 0,
       "a low one has the part with the focus");
    ok(find("event 49") > 0, "with its rows");
}

static void test_every_size(void)
{
    bool good = true;

    fill_model();
    for (int i = 0; i < 3; i++)
        top_detail_add(&detail, 0, "a line that is longer than the screen %d",
                       i);
    for (int rows = 1; rows < 40; rows++) {
        for (int cols = 1; cols < 200; cols += cols < 20 ? 1 : 9) {
            view.detail = rows % 3 == 0;
            view.help = rows % 3 == 1;
            view.focus = (enum top_part)(cols % TOP_PARTS);
            draw(rows, cols);
            good = good && screen.rows == rows && screen.cols == cols;
        }
    }
    ok(good, "every size can be drawn");
    top_detail_release(&detail);
}

static void test_trouble(void)
{
    fill_model();
    snprintf(model.error, sizeof(model.error), "%s",
             "the database is away, for a reason that is longer "
             "than the line has columns");
    draw(24, 80);
    ok(strstr(row(0), "the database is away"), "an error is always seen");
    ok(find("type2") > 0, "above what was known before");
    model.error[0] = '\0';
    model.killed = model.paused_out = true;
    draw(24, 80);
    ok(strstr(row(0), "KILLED") && strstr(row(0), "PAUSED OUT"),
       "so are switches");
}

static void test_selecting(void)
{
    fill_model();
    draw(24, 80);
    ok(selected_row() == find("event 49"), "the newest event is selected");
    press(TOP_KEY_DOWN);
    press(TOP_KEY_DOWN);
    draw(24, 80);
    ok(selected_row() == find("event 47"), "a key goes down");
    snprintf(top_event_add(&model)->text, 240, "%s", "event 50");
    draw(24, 80);
    ok(selected_row() == find("event 47"),
       "the selection stays at its event when another comes");
    ok(press(TOP_KEY_ENTER) == TOP_LOOK, "a task can be looked into");
    is(chosen, "00000000-0000-00000047", "the one that is selected");
    ok(view.detail && press(TOP_KEY_ESCAPE) == TOP_NOTHING && !view.detail,
       "and left");
    press(TOP_KEY_END);
    draw(24, 80);
    ok(selected_row() == find("event 0") && find("event 0") > 0,
       "the end is the oldest");
    press(TOP_KEY_PAGE_UP);
    press(TOP_KEY_HOME);
    draw(24, 80);
    ok(selected_row() == find("event 50"), "home is the newest again");
    press(TOP_KEY_TAB);
    press(TOP_KEY_BACK_TAB);
    press(TOP_KEY_BACK_TAB);
    ok(view.focus == TOP_AGENTS, "parts change");
    press(TOP_KEY_END);
    draw(24, 80);
    ok(selected_row() == find("agent11"), "a list scrolls");
    press(TOP_KEY_ENTER);
    is(chosen, "task-of-11", "an agent leads to its task");
    view.detail = false;
    view.focus = TOP_QUEUES;
    view.selected[TOP_QUEUES] = 1;
    press(TOP_KEY_ENTER);
    is(view.filter, "type1", "a queue becomes the filter");
}

static void test_filter(void)
{
    fill_model();
    view.focus = TOP_AGENTS;
    type("/AGENT1");
    draw(24, 80);
    ok(find("filter: AGENT1") > 0, "what is typed is shown");
    ok(find("agent10") > 0 && find("agent2") < 0, "and works at once");
    press(TOP_KEY_BACKSPACE);
    draw(24, 80);
    ok(find("agent2") > 0, "also when it gets shorter");
    type("1");
    press(TOP_KEY_ENTER);
    draw(24, 80);
    ok(!view.typing && find("only 'AGENT1'") > 0 && find("agent2") < 0,
       "then it stays");
    press(TOP_KEY_DOWN);
    press(TOP_KEY_DOWN);
    press(TOP_KEY_ENTER);
    is(chosen, "task-of-11", "what is selected is what is seen");
    view.detail = false;
    type("/q");
    ok(view.typing, "a letter that is typed is no key");
    press(TOP_KEY_ESCAPE);
    is(view.filter, "AGENT1", "leaving it changes nothing");
    press(TOP_KEY_ESCAPE);
    is(view.filter, "", "and then all are there again");
    type("/");
    for (int i = 0; i < 100; i++)
        type("x");
    ok(strlen(view.typed) < sizeof(view.typed), "it has a longest");
    press(TOP_KEY_ENTER);
    draw(24, 80);
    ok(press(TOP_KEY_ENTER) == TOP_NOTHING && !view.detail,
       "where nothing passes there is nothing to look into");
}

static void test_wishes(void)
{
    fill_model();
    ok(type("q") == TOP_QUIT, "q ends it");
    ok(type("+") == TOP_FASTER && type("-") == TOP_SLOWER &&
           type("r") == TOP_REFRESH,
       "it can be looked more often, less often, now");
    type(" ");
    draw(24, 80);
    ok(view.frozen && strstr(row(0), "PAUSED"), "a pause is seen");
    type("p?");
    draw(24, 80);
    ok(find("HELP") > 0 && find("aaos-dispatch pause") > 0,
       "help says how the queue is paused");
    ok(type("x") == TOP_NOTHING && !view.help, "any key leaves it");
    ok(press(TOP_KEY_LEFT) == TOP_NOTHING, "there is no way back in time");
    model.replay = true;
    ok(press(TOP_KEY_LEFT) == TOP_BACK && press(TOP_KEY_RIGHT) == TOP_FORWARD &&
           press(TOP_KEY_HOME) == TOP_RESTART,
       "but in a replay");
}

static void test_detail(void)
{
    fill_model();
    for (int i = 0; i < 40; i++)
        top_detail_add(&detail, 0, "line %d", i);
    top_detail_add(&detail, 0, "%s",
                   "words that do not fit into one row of "
                   "forty columns are put into two");
    view.detail = true;
    draw(24, 40);
    ok(find("line 0") == 3 && find("line 39") < 0, "its start is seen");
    press(TOP_KEY_END);
    draw(24, 40);
    ok(find("line 0") < 0 && find("line 39") > 0 && find("put into two") > 0,
       "its end, too, and long lines are wrapped");
    ok(strcmp(row(find("words that")),
              "words that do not fit into one row of") == 0,
       "between words");
    press(TOP_KEY_PAGE_UP);
    draw(24, 40);
    ok(find("line 39") < 0 || find("line 10") > 0, "it can be scrolled");
    top_detail_keep(&detail, 2);
    ok(detail.count == 2 && strcmp(detail.lines[0].text, "line 39") == 0,
       "of a log the last lines are kept");
    top_detail_release(&detail);
}

static void test_ring(void)
{
    fill_model();
    for (int i = 0; i < 3 * TOP_EVENTS; i++)
        top_event_add(&model);
    ok(model.event_count == TOP_EVENTS &&
           top_event(&model, 0)->serial == model.event_serial &&
           top_event(&model, TOP_EVENTS - 1)->serial ==
               model.event_serial - TOP_EVENTS + 1,
       "old events are forgotten");
    view.anchor = 1;
    draw(24, 80);
    ok(view.selected[TOP_EVENT_LIST] == TOP_EVENTS - 1,
       "who had selected one is at the oldest then");
}

static void test_costs(void)
{
    fill_model();
    model.costs = xcalloc(1, sizeof(*model.costs));
    model.cost_count = 1;
    snprintf(model.costs[0].name, sizeof(model.costs[0].name), "%s", "day");
    model.costs[0].spent = INT64_C(1250000000000);
    draw(24, 80);
    ok(find("COSTS") > 0 && find("1.2500") > 0, "costs are shown");
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    setenv("TZ", "UTC", 1);
    test_layout();
    test_every_size();
    test_trouble();
    test_selecting();
    test_filter();
    test_wishes();
    test_detail();
    test_ring();
    test_costs();
    buf_release(&text);
    screen_release(&screen);
    top_model_release(&model);
    top_detail_release(&detail);
    return tap_done();
}
