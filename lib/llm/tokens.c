/*
 * tokens.c - one pass over code points, in hundredths of a token
 *
 * The weights were fitted to o200k_base and cl100k_base on prose, code,
 * data and other languages.  What tokenizers do: a common word is one token
 * with the space in front of it; long and rare words break every six
 * letters or so, letters without vowels every two; digits go by three;
 * what is random (base 64, hexadecimal) has almost a token a character.
 */
#include "config.h"

#include "llm/tokens.h"

#include <string.h>

#include "core/buf.h"

enum kind { SMALL, CAPITAL, DIGIT, SPACE, TAB, LINE, SIGN, IDEOGRAM, OTHER };

static bool is_ideogram(uint32_t code)
{
    return (code >= 0x2e80 && code <= 0x9fff) ||
           (code >= 0xac00 && code <= 0xd7a3) ||
           (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0xff66 && code <= 0xff9f) ||
           (code >= 0x20000 && code <= 0x3ffff);
}

static enum kind kind_of(const char *text, size_t len, size_t *size)
{
    unsigned char byte = (unsigned char)*text;
    uint32_t code;

    *size = 1;
    if (byte >= 'a' && byte <= 'z')
        return SMALL;
    if (byte >= 'A' && byte <= 'Z')
        return CAPITAL;
    if (byte >= '0' && byte <= '9')
        return DIGIT;
    if (byte == ' ')
        return SPACE;
    if (byte == '\t')
        return TAB;
    if (byte == '\n' || byte == '\r')
        return LINE;
    if (byte < 0x80)
        return SIGN;
    *size = utf8_decode(text, len, &code);
    if (*size == 0) {
        *size = 1;
        return OTHER;
    }
    return is_ideogram(code) ? IDEOGRAM : OTHER;
}

/* --- runs ------------------------------------------------------------------- */

static bool in_code(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("+/=_-", byte));
}

/* Of 40 and more with 5 % digits: its bytes, and what it costs; else 0. */
static size_t random_run(const char *text, size_t len, int64_t *cost)
{
    bool capitals = false;
    size_t digits = 0;
    size_t count = 0;

    for (; count < len && in_code(text[count]); count++) {
        digits += text[count] >= '0' && text[count] <= '9';
        capitals = capitals || (text[count] >= 'A' && text[count] <= 'Z');
    }
    if (count < 40 || digits * 20 < count) {
        *cost = 0;
        return count;
    }
    *cost = (int64_t)count * (capitals ? 64 : 57);
    return count;
}

static bool is_vowel(char byte)
{
    return strchr("aeiouyAEIOUY", byte) != NULL;
}

/* A word ends before a capital that follows a small letter. */
static size_t word(const char *text, size_t len, int64_t *cost)
{
    size_t vowels = 0;
    size_t count = 0;
    size_t size;

    while (count < len) {
        enum kind kind = kind_of(text + count, len - count, &size);

        if (kind > CAPITAL)
            break;
        if (kind == CAPITAL && count > 0 && text[count - 1] >= 'a')
            break;
        vowels += is_vowel(text[count]);
        count++;
    }
    if (count > 3 && vowels * 6 < count)
        *cost = 80 * (int64_t)((count + 1) / 2);
    else if (count <= 8)
        *cost = 104;
    else
        *cost = 100 * (int64_t)((count + 5) / 6);
    return count;
}

static size_t run_of(const char *text, size_t len, enum kind kind,
                     size_t *chars)
{
    size_t at = 0;
    size_t size;

    *chars = 0;
    while (at < len && kind_of(text + at, len - at, &size) == kind) {
        at += size;
        (*chars)++;
    }
    return at;
}

/* A single space belongs to the word behind it, but not to a number. */
static int64_t spaces(const char *behind, size_t left, size_t chars)
{
    if (chars > 1)
        return 80;
    return left > 0 && *behind >= '0' && *behind <= '9' ? 100 : 0;
}

/*
 * Signs cost 60 each; but one that is repeated is a line in a table or
 * under a title, which tokenizers take in long pieces.
 */
static int64_t signs(const char *text, size_t len)
{
    int64_t sum = 0;
    size_t at = 0;

    while (at < len) {
        size_t most = strchr("-=#*._~+/", text[at]) ? 16 : 4;
        size_t count = 1;

        while (at + count < len && text[at + count] == text[at])
            count++;
        sum += count == 1 ? 60 : 100 * (int64_t)((count + most - 1) / most);
        at += count;
    }
    return sum;
}

static size_t other_run(const char *text, size_t len, enum kind kind,
                        int64_t *cost)
{
    size_t chars;
    size_t used = run_of(text, len, kind, &chars);
    int64_t count = (int64_t)chars;

    switch (kind) {
    case DIGIT:
        *cost = 100 * ((count + 2) / 3);
        break;
    case SPACE:
        *cost = spaces(text + used, len - used, chars);
        break;
    case TAB:
    case LINE:
        *cost = 60;
        break;
    case SIGN:
        *cost = signs(text, used);
        break;
    case IDEOGRAM:
        *cost = 80 * count;
        break;
    case OTHER:
        *cost = count * 40 < 100 ? 100 : count * 40;
        break;
    case SMALL:
    case CAPITAL:
        break;
    }
    return used;
}

/* --- texts -------------------------------------------------------------------- */

/* In hundredths. */
static int64_t weigh(const char *text, size_t len)
{
    int64_t sum = 0;
    size_t plain = 0; /* up to here there is no random run */
    size_t at = 0;

    while (at < len) {
        int64_t cost = 0;
        size_t size;
        enum kind kind = kind_of(text + at, len - at, &size);

        if (at >= plain && in_code(text[at])) {
            size = random_run(text + at, len - at, &cost);
            if (cost == 0)
                plain = at + size;
        }
        if (cost > 0)
            ; /* a run of code */
        else if (kind <= CAPITAL)
            size = word(text + at, len - at, &cost);
        else
            size = other_run(text + at, len - at, kind, &cost);
        sum += cost;
        at += size;
    }
    return sum;
}

int64_t llm_tokens(const char *text, size_t len)
{
    return (weigh(text, len) + 99) / 100;
}

int llm_tokens_factor(enum llm_wire wire)
{
    static const int factors[] = {
        [LLM_OPENAI] = 100, [LLM_ANTHROPIC] = 120, [LLM_OLLAMA] = 110};

    return factors[wire];
}

static int64_t weigh_text(const char *text)
{
    return text ? weigh(text, strlen(text)) : 0;
}

static int64_t weigh_calls(const struct llm_tool_call *calls, size_t count)
{
    int64_t sum = 0;
    size_t i;

    for (i = 0; i < count; i++)
        sum += weigh_text(calls[i].name) + weigh_text(calls[i].arguments);
    return sum;
}

static int64_t times(int64_t hundredths, int factor)
{
    return (hundredths * factor + 9999) / 10000;
}

int64_t llm_tokens_request(const struct llm_request *request, int factor)
{
    int64_t sum = 300 + weigh_text(request->system) +
                  weigh_text(request->schema) + (request->system ? 400 : 0);
    size_t i;

    for (i = 0; i < request->nmessages; i++) {
        const struct llm_message *message = &request->messages[i];

        sum += 400 + weigh_text(message->text) +
               weigh_calls(message->calls, message->ncalls);
    }
    for (i = 0; i < request->ntools; i++)
        sum += weigh_text(request->tools[i].name) +
               weigh_text(request->tools[i].description) +
               weigh_text(request->tools[i].parameters);
    return times(sum, factor);
}

int64_t llm_tokens_answer(const struct llm_answer *answer, int factor)
{
    return times(weigh(answer->text.data, answer->text.len) +
                     weigh(answer->reasoning.data, answer->reasoning.len) +
                     weigh_calls(answer->calls, answer->ncalls),
                 factor);
}
