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

enum kind {
    SMALL = 1,
    CAPITAL,
    DIGIT,
    SPACE,
    TAB,
    LINE,
    SIGN,
    IDEOGRAM,
    OTHER
};

static bool is_ideogram(uint32_t code)
{
    return (code >= 0x2e80 && code <= 0x9fff) ||
           (code >= 0xac00 && code <= 0xd7a3) ||
           (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0xff66 && code <= 0xff9f) ||
           (code >= 0x20000 && code <= 0x3ffff);
}

/* What a byte of ASCII is: its kind, and what else is asked about it. */
enum {
    KIND = 0x0f,
    CODE = 0x10, /* of base 64, also that for URLs, and hexadecimal */
    VOWEL = 0x20,
    RULER = 0x40, /* lines are drawn with it */
    /* Short names for the table. */
    XS = SMALL | CODE,
    XV = SMALL | CODE | VOWEL,
    XC = CAPITAL | CODE,
    XW = CAPITAL | CODE | VOWEL,
    XD = DIGIT | CODE,
    XB = SPACE,
    XT = TAB,
    XL = LINE,
    XG = SIGN,
    XR = SIGN | RULER,
    XK = SIGN | RULER | CODE
};
/* clang-format off */
static const unsigned char classes[128] = {
    XG, XG, XG, XG, XG, XG, XG, XG, XG, XT, XL, XG, XG, XL, XG, XG,
    XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG, XG,
    XB, XG, XG, XR, XG, XG, XG, XG, XG, XG, XR, XK, XG, XK, XR, XK,
    XD, XD, XD, XD, XD, XD, XD, XD, XD, XD, XG, XG, XG, XK, XG, XG,
    XG, XW, XC, XC, XC, XW, XC, XC, XC, XW, XC, XC, XC, XC, XC, XW,
    XC, XC, XC, XC, XC, XW, XC, XC, XC, XW, XC, XG, XG, XG, XG, XK,
    XG, XV, XS, XS, XS, XV, XS, XS, XS, XV, XS, XS, XS, XS, XS, XV,
    XS, XS, XS, XS, XS, XV, XS, XS, XS, XV, XS, XG, XG, XG, XR, XG,
};
/* clang-format on */

static unsigned class_of(char byte)
{
    return (unsigned char)byte < 0x80 ? classes[(unsigned char)byte] : OTHER;
}

static enum kind kind_of(const char *text, size_t len, size_t *size)
{
    uint32_t code;

    *size = 1;
    if ((unsigned char)*text < 0x80)
        return classes[(unsigned char)*text] & KIND;
    *size = utf8_decode(text, len, &code);
    if (*size == 0) {
        *size = 1;
        return OTHER;
    }
    return is_ideogram(code) ? IDEOGRAM : OTHER;
}

/* --- runs ------------------------------------------------------------------- */

/* Of 40 and more with 5 % digits: its bytes, and what it costs; else 0. */
static size_t random_run(const char *text, size_t len, int64_t *cost)
{
    bool capitals = false;
    size_t digits = 0;
    size_t count = 0;

    *cost = 0;
    while (count < len && class_of(text[count]) & CODE)
        count++;
    if (count < 40)
        return count;
    for (size_t i = 0; i < count; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        capitals = capitals || (text[i] >= 'A' && text[i] <= 'Z');
    }
    if (digits * 20 >= count)
        *cost = (int64_t)count * (capitals ? 64 : 57);
    return count;
}

/* A word ends before a capital that follows a small letter. */
static size_t word(const char *text, size_t len, int64_t *cost)
{
    size_t vowels = 0;
    size_t count = 0;
    enum kind last = CAPITAL;

    for (; count < len; count++) {
        unsigned class = class_of(text[count]);
        enum kind kind = class & KIND;

        if (kind > CAPITAL || (kind == CAPITAL && last == SMALL))
            break;
        vowels += (class & VOWEL) != 0;
        last = kind;
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
        size_t most = class_of(text[at]) & RULER ? 16 : 4;
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

        if (at >= plain && (class_of(text[at]) & CODE)) {
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
