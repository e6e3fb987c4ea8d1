/*
 * talk.h - a conversation on its way to a model, and how it is made to fit
 *
 *     system | summary | first message | ... older ... | recent | the task
 *
 * Stable things come first: caches of prompts are prefixes.  When it is too
 * long, the cheapest step that helps is taken: old results of tools are
 * replaced by a line, old thoughts are left out, the oldest messages are
 * summarised or, when nobody can, dropped with a mark that the model sees.
 * Never: the first message, the task itself; and a message that calls tools
 * is not parted from their results.  Pure: no I/O, no clock.
 */
#ifndef AAOS_WORK_TALK_H
#define AAOS_WORK_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/hash.h"
#include "llm/llm.h"

/* One message.  All text owned. */
struct note {
    enum llm_role role;
    char *text;
    struct llm_tool_call *calls;
    size_t ncalls;
    char *call_id;
    bool is_error;
    bool fixed; /* stays as it is: the first message, the task, a mark */
    int64_t tokens;
    char hash[HASH_TEXT_SIZE]; /* its name in the session; "": not in it */
};

struct talk {
    char *system;  /* or NULL */
    char *summary; /* of what went before the notes; or NULL */
    struct note *notes;
    size_t count, cap;
};

void talk_release(struct talk *talk);
/* The text is copied; the note stays the talk's until the next add. */
struct note *talk_add(struct talk *talk, enum llm_role role, const char *text);
/* The last one goes. */
void talk_pop(struct talk *talk);
/* An assistant's call of a tool, and its result. */
void talk_add_call(struct note *note, const char *id, const char *name,
                   const char *arguments);

/* System text and summary as one; appended. */
void talk_system(const struct talk *talk, struct buf *out);
/* Borrowed views of the notes, with room for two more; malloc'd. */
struct llm_message *talk_messages(const struct talk *talk);
/* Estimated tokens of all of it. */
int64_t talk_tokens(const struct talk *talk);

/* A call without a result gets one that says so: no server takes a message
 * list that lacks it.  Returns how many. */
size_t talk_mend(struct talk *talk);

/* Steps 1 and 2, as far as needed to get down to `budget`: tokens now. */
int64_t talk_trim(struct talk *talk, int64_t budget);

/* Is there anything that talk_cut() could take out? */
bool talk_has_movable(const struct talk *talk);

/*
 * Which notes to take out so that what is left has at most `budget` tokens
 * with `room` for a summary of them: the oldest 30 per cent of those that
 * may go, grown by 10 until it fits.  False: not even all of them are
 * enough, and [*from, *to) is all of them; when there are none, from = to.
 */
bool talk_cut(const struct talk *talk, int64_t budget, int64_t room,
              size_t *from, size_t *to);
/* As text, for whoever summarises: the old summary, then the notes. */
void talk_render(const struct talk *talk, size_t from, size_t to,
                 struct buf *out);
/* They are gone; the summary stands for them. */
void talk_summarise(struct talk *talk, size_t from, size_t to,
                    const char *summary);
/* They are gone; a mark says so. */
void talk_drop(struct talk *talk, size_t from, size_t to);

#endif
