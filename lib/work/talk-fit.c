/*
 * talk-fit.c - what to leave out, cheapest first
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/tokens.h"
#include "work/talk.h"

enum {
    ROUNDS_KEPT = 3,  /* whose tools' results stay as they are */
    RESULT_MIN = 200, /* bytes: shorter results are not worth a line */
    SHARE_FIRST = 30, /* per cent that are summarised */
    SHARE_STEP = 10
};

/* --- 1: old results of tools ---------------------------------------------- */

/* Notes before this one are older than the last three rounds. */
static size_t old_before(const struct talk *talk)
{
    size_t at = talk->count;
    int rounds = 0;

    while (at > 0 && rounds < ROUNDS_KEPT)
        rounds += talk->notes[--at].role == LLM_ASSISTANT;
    return rounds < ROUNDS_KEPT ? 0 : at;
}

static void shorten(struct note *note)
{
    size_t len = note->text ? strlen(note->text) : 0;
    char sha256[HASH_TEXT_SIZE];
    char *line;

    if (note->role != LLM_TOOL || len < RESULT_MIN)
        return;
    line = xasprintf("[tool result, %zu bytes, sha256:%s]", len,
                     hash_text(note->text, len, sha256));
    note->tokens -= llm_tokens(note->text, len);
    note->tokens += llm_tokens(line, strlen(line));
    free(note->text);
    note->text = line;
}

/* --- 2: old thoughts ------------------------------------------------------- */

/* What stands between <think> and </think>. */
static void forget_thoughts(struct note *note)
{
    static const char begin[] = "<think>";
    static const char end[] = "</think>";
    int64_t before;
    char *from, *to;

    if (note->role != LLM_ASSISTANT || !note->text)
        return;
    from = strstr(note->text, begin);
    to = from ? strstr(from, end) : NULL;
    if (!to)
        return;
    before = llm_tokens(note->text, strlen(note->text));
    for (to += sizeof(end) - 1; *to == '\n' || *to == ' ';)
        to++;
    memmove(from, to, strlen(to) + 1);
    note->tokens += llm_tokens(note->text, strlen(note->text)) - before;
}

int64_t talk_trim(struct talk *talk, int64_t budget)
{
    int64_t tokens = talk_tokens(talk);
    size_t old = old_before(talk);
    size_t i;

    for (i = 0; i < old && tokens > budget; i++) {
        tokens -= talk->notes[i].tokens;
        if (!talk->notes[i].fixed)
            shorten(&talk->notes[i]);
        tokens += talk->notes[i].tokens;
    }
    for (i = 0; i + 1 < talk->count && tokens > budget; i++) {
        tokens -= talk->notes[i].tokens;
        if (!talk->notes[i].fixed)
            forget_thoughts(&talk->notes[i]);
        tokens += talk->notes[i].tokens;
    }
    return tokens;
}

/* --- 3: the oldest --------------------------------------------------------- */

/* The first run of notes that may go. */
static void movable(const struct talk *talk, size_t *from, size_t *to)
{
    *from = 0;
    while (*from < talk->count && talk->notes[*from].fixed)
        ++*from;
    *to = *from;
    while (*to < talk->count && !talk->notes[*to].fixed)
        ++*to;
}

/* The smallest end of at least so many tokens that parts no pair: what
 * follows is the user's, or the end. */
static size_t reach(const struct talk *talk, size_t from, size_t end,
                    int64_t tokens)
{
    size_t at = from;

    while (at < end && tokens > 0)
        tokens -= talk->notes[at++].tokens;
    while (at < end && talk->notes[at].role != LLM_USER)
        at++;
    return at;
}

static int64_t sum(const struct talk *talk, size_t from, size_t to)
{
    int64_t tokens = 0;

    for (; from < to; from++)
        tokens += talk->notes[from].tokens;
    return tokens;
}

bool talk_has_movable(const struct talk *talk)
{
    size_t from, to;

    movable(talk, &from, &to);
    return from < to;
}

bool talk_cut(const struct talk *talk, int64_t budget, int64_t room,
              size_t *from, size_t *to)
{
    int64_t all = talk_tokens(talk) + room;
    int64_t loose;
    size_t end;
    int share;

    if (talk->summary) /* the new one takes its place */
        all -= llm_tokens(talk->summary, strlen(talk->summary));
    movable(talk, from, &end);
    loose = sum(talk, *from, end);
    for (share = SHARE_FIRST; share <= 100; share += SHARE_STEP) {
        *to = reach(talk, *from, end, loose * share / 100);
        if (all - sum(talk, *from, *to) <= budget)
            return true;
    }
    *to = end;
    return false;
}
