/*
 * llm-ask.c - from a conversation to a request
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/llm.h"

static const char summary_system[] =
    "You summarise conversations for somebody who has to go on with them. "
    "Keep names, numbers, decisions, results, agreed forms and open "
    "questions; drop greetings and repetition. Take over what an earlier "
    "summary says. Answer with the summary alone, at most 200 words.";

static const char part_system[] =
    "You read long documents for others, part by part, and say what is in "
    "them.";

static void ask_summary(struct llm_run *run, struct llm_asked *asked)
{
    buf_str(&asked->system, llm_splitting(run) ? part_system : summary_system);
    if (llm_splitting(run))
        llm_split_ask(run, &asked->text);
    else
        talk_render(&run->talk, run->cut_from, run->cut_to, &asked->text);
    asked->messages = xcalloc(1, sizeof(*asked->messages));
    asked->messages[0] =
        (struct llm_message){.role = LLM_USER, .text = asked->text.data};
    asked->request.nmessages = 1;
}

/* A repair shows what is wrong; a re-ask begins anew. */
static void ask_again(struct llm_run *run, struct llm_asked *asked)
{
    struct llm_message *end = &asked->messages[asked->request.nmessages];

    if (run->purpose == PURPOSE_REPAIR) {
        *end++ = (struct llm_message){.role = LLM_ASSISTANT,
                                      .text = run->wrong.data};
        buf_fmt(&asked->text,
                "That answer cannot be used: %s. Answer again with the "
                "corrected JSON value alone.",
                run->why);
    } else {
        buf_fmt(&asked->text,
                "Note: an earlier answer could not be used: %s. Keep strictly "
                "to what is asked, and be brief enough to finish.",
                run->why);
    }
    *end++ = (struct llm_message){.role = LLM_USER, .text = asked->text.data};
    asked->request.nmessages = (size_t)(end - asked->messages);
}

void llm_ask(struct llm_run *run, struct llm_asked *asked)
{
    struct llm_request *request = &asked->request;

    *asked = (struct llm_asked){.request = {.stream = true}};
    if (run->purpose == PURPOSE_COMPACT) {
        ask_summary(run, asked);
    } else {
        talk_system(&run->talk, &asked->system);
        asked->messages = talk_messages(&run->talk);
        request->nmessages = run->talk.count;
        if (run->purpose != PURPOSE_ANSWER)
            ask_again(run, asked);
        request->schema = run->schema_text;
        request->temperature = run->temperature;
        request->max_output = run->max_output;
    }
    request->messages = asked->messages;
    request->system = asked->system.len > 0 ? asked->system.data : NULL;
}

void llm_ask_release(struct llm_asked *asked)
{
    free(asked->messages);
    buf_release(&asked->system);
    buf_release(&asked->text);
}

static void hash_part(struct hash *hash, const char *text)
{
    char length[24];

    snprintf(length, sizeof(length), "%zd:", text ? (ssize_t)strlen(text) : -1);
    hash_put(hash, length, strlen(length));
    if (text)
        hash_put(hash, text, strlen(text));
}

void llm_ask_hash(const struct llm_request *request, char text[HASH_TEXT_SIZE])
{
    static const char *const roles[] = {[LLM_USER] = "user",
                                        [LLM_ASSISTANT] = "assistant",
                                        [LLM_TOOL] = "tool"};
    struct hash *hash = hash_open();
    size_t i;

    hash_part(hash, request->system);
    for (i = 0; i < request->nmessages; i++) {
        hash_part(hash, roles[request->messages[i].role]);
        hash_part(hash, request->messages[i].text);
    }
    hash_part(hash, request->schema);
    hash_part(hash, request->temperature);
    hash_close(hash, text);
}

/* As the environment of commands has it: the correlation is the trace. */
void llm_trace(struct llm_run *run)
{
    const struct claim *claim = &run->job->claim;
    const char *id = claim->correlation_id;
    uint64_t span = llm_random(run->job->work->llm);
    size_t len = 0;

    if (!id || !uuid_valid(id, strlen(id)))
        id = claim->task_id;
    for (; *id && len + 1 < sizeof(run->trace_id); id++)
        if (*id != '-')
            run->trace_id[len++] = (char)tolower((unsigned char)*id);
    run->trace_id[len] = '\0';
    snprintf(run->span_id, sizeof(run->span_id), "%016llx",
             (unsigned long long)(span ? span : 1));
}
