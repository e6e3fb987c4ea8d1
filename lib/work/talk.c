/*
 * talk.c - a conversation, message by message
 */
#include "config.h"

#include "work/talk.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/tokens.h"

enum { EACH = 4, ONCE = 3 }; /* tokens a message and a request cost besides */

static void note_release(struct note *note)
{
    size_t i;

    for (i = 0; i < note->ncalls; i++) {
        free(note->calls[i].id);
        free(note->calls[i].name);
        free(note->calls[i].arguments);
    }
    free(note->calls);
    free(note->text);
    free(note->call_id);
}

void talk_release(struct talk *talk)
{
    size_t i;

    for (i = 0; i < talk->count; i++)
        note_release(&talk->notes[i]);
    free(talk->notes);
    free(talk->system);
    free(talk->summary);
    *talk = (struct talk){0};
}

static int64_t measure(const char *text)
{
    return text ? llm_tokens(text, strlen(text)) : 0;
}

static void weigh(struct note *note)
{
    size_t i;

    note->tokens = EACH + measure(note->text);
    for (i = 0; i < note->ncalls; i++)
        note->tokens +=
            measure(note->calls[i].name) + measure(note->calls[i].arguments);
}

struct note *talk_add(struct talk *talk, enum llm_role role, const char *text)
{
    struct note *note;

    talk->notes =
        xgrow(talk->notes, talk->count, &talk->cap, sizeof(*talk->notes));
    note = &talk->notes[talk->count++];
    *note = (struct note){.role = role, .text = xstrdup_null(text)};
    weigh(note);
    return note;
}

void talk_pop(struct talk *talk)
{
    if (talk->count > 0)
        note_release(&talk->notes[--talk->count]);
}

void talk_add_call(struct note *note, const char *id, const char *name,
                   const char *arguments)
{
    note->calls = xrealloc(note->calls, note->ncalls + 1, sizeof(*note->calls));
    note->calls[note->ncalls++] =
        (struct llm_tool_call){.id = xstrdup(id),
                               .name = xstrdup(name),
                               .arguments = xstrdup(arguments)};
    weigh(note);
}

void talk_system(const struct talk *talk, struct buf *out)
{
    if (talk->system)
        buf_str(out, talk->system);
    if (!talk->summary)
        return;
    if (out->len > 0)
        buf_str(out, "\n\n");
    buf_str(out, "Summary of the conversation so far:\n\n");
    buf_str(out, talk->summary);
}

struct llm_message *talk_messages(const struct talk *talk)
{
    struct llm_message *list = xcalloc(talk->count + 2, sizeof(*list));
    size_t i;

    for (i = 0; i < talk->count; i++) {
        const struct note *note = &talk->notes[i];

        list[i] = (struct llm_message){.role = note->role,
                                       .text = note->text,
                                       .calls = note->calls,
                                       .ncalls = note->ncalls,
                                       .call_id = note->call_id,
                                       .is_error = note->is_error};
    }
    return list;
}

int64_t talk_tokens(const struct talk *talk)
{
    int64_t sum = ONCE + measure(talk->system) + measure(talk->summary);
    size_t i;

    for (i = 0; i < talk->count; i++)
        sum += talk->notes[i].tokens;
    return sum;
}

/* --- pairs ----------------------------------------------------------------- */

static bool answered(const struct talk *talk, size_t at, const char *id)
{
    for (at++; at < talk->count && talk->notes[at].role == LLM_TOOL; at++)
        if (talk->notes[at].call_id && strcmp(talk->notes[at].call_id, id) == 0)
            return true;
    return false;
}

/* A result behind the note at `at`, in front of whatever follows. */
static void interrupt(struct talk *talk, size_t at, const char *id)
{
    struct note *note = talk_add(talk, LLM_TOOL, "interrupted");
    struct note result;

    note->call_id = xstrdup(id);
    note->is_error = true;
    result = *note;
    memmove(talk->notes + at + 2, talk->notes + at + 1,
            (talk->count - at - 2) * sizeof(*talk->notes));
    talk->notes[at + 1] = result;
}

size_t talk_mend(struct talk *talk)
{
    size_t mended = 0;
    size_t i, j;

    for (i = 0; i < talk->count; i++)
        for (j = 0; j < talk->notes[i].ncalls; j++) {
            const char *id = talk->notes[i].calls[j].id;

            if (answered(talk, i, id))
                continue;
            interrupt(talk, i, id);
            mended++;
        }
    return mended;
}

/* --- as text --------------------------------------------------------------- */

void talk_render(const struct talk *talk, size_t from, size_t to,
                 struct buf *out)
{
    static const char *const names[] = {[LLM_USER] = "User",
                                        [LLM_ASSISTANT] = "Assistant",
                                        [LLM_TOOL] = "Tool"};
    size_t i, j;

    if (talk->summary)
        buf_fmt(out, "Summary of what went before:\n%s\n\n", talk->summary);
    for (i = from; i < to; i++) {
        const struct note *note = &talk->notes[i];

        buf_fmt(out, "%s:\n%s\n", names[note->role],
                note->text ? note->text : "");
        for (j = 0; j < note->ncalls; j++)
            buf_fmt(out, "(calls %s with %s)\n", note->calls[j].name,
                    note->calls[j].arguments);
        buf_byte(out, '\n');
    }
    buf_str(out, "");
}

/* --- taking out ------------------------------------------------------------ */

static void take_out(struct talk *talk, size_t from, size_t to)
{
    size_t i;

    for (i = from; i < to; i++)
        note_release(&talk->notes[i]);
    memmove(talk->notes + from, talk->notes + to,
            (talk->count - to) * sizeof(*talk->notes));
    talk->count -= to - from;
}

void talk_summarise(struct talk *talk, size_t from, size_t to,
                    const char *summary)
{
    char *copy = xstrdup(summary);

    take_out(talk, from, to);
    free(talk->summary);
    talk->summary = copy;
}

void talk_drop(struct talk *talk, size_t from, size_t to)
{
    char *text;
    int64_t tokens = 0;
    size_t i;

    if (from >= to)
        return;
    for (i = from; i < to; i++)
        tokens += talk->notes[i].tokens;
    text = xasprintf("[%zu earlier messages, about %lld tokens, were left out "
                     "here: they did not fit and could not be summarised]",
                     to - from, (long long)tokens);
    /* In the place of the first that goes. */
    note_release(&talk->notes[from]);
    talk->notes[from] =
        (struct note){.role = LLM_USER, .text = text, .fixed = true};
    weigh(&talk->notes[from]);
    take_out(talk, from + 1, to);
}
