/*
 * llm.c - the nouns
 */
#include "config.h"

#include "llm/llm.h"

#include <stdlib.h>
#include <string.h>

const char *llm_finish_name(enum llm_finish finish)
{
    static const char *const names[] = {
        "none",    "stop",  "length", "tools", "filter",
        "context", "pause", "error",  "other",
    };

    return names[finish];
}

int64_t llm_usage_prompt(const struct llm_usage *usage)
{
    return usage->in + usage->cache_read + usage->cache_5m + usage->cache_1h;
}

void llm_usage_estimate(struct llm_usage *usage, int64_t prompt, int64_t out)
{
    if (llm_usage_prompt(usage) == 0 && prompt > 0) {
        usage->in = prompt;
        usage->estimated = true;
    }
    if (!usage->reported) {
        usage->out = out;
        usage->estimated = true;
    }
}

void llm_answer_release(struct llm_answer *answer)
{
    size_t i;

    buf_release(&answer->text);
    buf_release(&answer->reasoning);
    for (i = 0; i < answer->ncalls; i++) {
        free(answer->calls[i].id);
        free(answer->calls[i].name);
        free(answer->calls[i].arguments);
    }
    free(answer->calls);
    free(answer->finish_word);
    free(answer->model);
    free(answer->id);
    *answer = (struct llm_answer){0};
}

/* What may follow the name of a model: a tag, a date, a version. */
static bool is_variant(const char *rest)
{
    return !*rest || *rest == ':' || *rest == '@' ||
           (*rest == '-' && rest[1] >= '0' && rest[1] <= '9');
}

bool llm_model_matches(const char *requested, const char *served)
{
    size_t len = strlen(requested);
    const char *slash;

    if (!served || !*served || strcmp(requested, served) == 0)
        return true;
    if (strncmp(served, requested, len) == 0 && is_variant(served + len))
        return true;
    /* "vendor/name" serves "name", and the other way round. */
    slash = strrchr(served, '/');
    if (slash && !strchr(requested, '/'))
        return llm_model_matches(requested, slash + 1);
    slash = strrchr(requested, '/');
    if (slash && !strchr(served, '/'))
        return llm_model_matches(slash + 1, served);
    slash = strrchr(requested, ':');
    return slash && strcmp(slash, ":latest") == 0 &&
           strlen(served) == (size_t)(slash - requested) &&
           strncmp(served, requested, strlen(served)) == 0;
}
