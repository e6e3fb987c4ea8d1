/*
 * redact.c - two nets for secrets
 *
 * One pass over the text.  At each byte: does a registered value begin
 * here, in any of its spellings?  Else, at the beginning of a word: is it a
 * name whose value is secret, or a prefix that keys have?
 */
#include "config.h"

#include "core/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"

enum { SHORTEST = 8 };

static const char mark[] = "[redacted]";

/* --- registered values ------------------------------------------------------ */

struct spelling {
    char *text;
    size_t len;
};

struct redact {
    struct spelling *spellings;
    size_t count, cap;
    bool first[256]; /* bytes that a spelling begins with */
};

struct redact *redact_open(void)
{
    return xcalloc(1, sizeof(struct redact));
}

void redact_close(struct redact *redact)
{
    size_t i;

    if (!redact)
        return;
    for (i = 0; i < redact->count; i++) {
        explicit_bzero(redact->spellings[i].text, redact->spellings[i].len);
        free(redact->spellings[i].text);
    }
    free(redact->spellings);
    free(redact);
}

/* Takes what is in the buf, if it is long enough, and empties it. */
static void add(struct redact *redact, struct buf *text)
{
    struct spelling spelling = {.len = text->len};
    size_t i;

    for (i = 0; i < redact->count; i++)
        if (redact->spellings[i].len == text->len &&
            memcmp(redact->spellings[i].text, text->data, text->len) == 0)
            break;
    if (text->len < SHORTEST || i < redact->count) {
        explicit_bzero(text->data, text->len);
        buf_release(text);
        return;
    }
    redact->first[(unsigned char)text->data[0]] = true;
    spelling.text = buf_detach(text);
    redact->spellings = xgrow(redact->spellings, redact->count, &redact->cap,
                              sizeof(struct spelling));
    redact->spellings[redact->count++] = spelling;
}

/* What is sure of the base 64 of a text that holds the secret `skip` bytes
 * behind a multiple of three. */
static void add_base64(struct redact *redact, const char *secret, size_t skip)
{
    static const size_t unsure[] = {0, 2, 3};
    struct buf plain = {0};
    struct buf code = {0};

    buf_put(&plain, "..", skip);
    buf_str(&plain, secret);
    buf_base64(&code, plain.data, plain.len / 3 * 3);
    buf_drop(&code, unsure[skip]);
    explicit_bzero(plain.data, plain.len);
    buf_release(&plain);
    add(redact, &code);
}

bool redact_add(struct redact *redact, const char *secret)
{
    struct buf text = {0};
    const char *at;

    if (strlen(secret) < SHORTEST)
        return false;
    buf_str(&text, secret);
    add(redact, &text);
    buf_json(&text, secret, strlen(secret));
    text.data[--text.len] = '\0';
    buf_drop(&text, 1);
    add(redact, &text);
    for (at = secret; *at; at++) {
        if (isalnum((unsigned char)*at) || strchr("-._~", *at))
            buf_byte(&text, *at);
        else
            buf_fmt(&text, "%%%02X", (unsigned char)*at);
    }
    add(redact, &text);
    add_base64(redact, secret, 0);
    add_base64(redact, secret, 1);
    add_base64(redact, secret, 2);
    return true;
}

/* Bytes of the longest registered value that begins here; 0: none. */
static size_t registered(const struct redact *redact, const char *at,
                         size_t len)
{
    size_t longest = 0;
    size_t i;

    if (!redact || !redact->first[(unsigned char)*at])
        return 0;
    for (i = 0; i < redact->count; i++) {
        const struct spelling *spelling = &redact->spellings[i];

        if (spelling->len > longest && spelling->len <= len &&
            memcmp(spelling->text, at, spelling->len) == 0)
            longest = spelling->len;
    }
    return longest;
}

/* --- what looks like one ------------------------------------------------------ */

static bool in_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '-';
}

static size_t word_length(const char *at, size_t len)
{
    size_t count = 0;

    while (count < len && in_word(at[count]))
        count++;
    return count;
}

static bool is_among(const char *const *names, const char *word, size_t len)
{
    for (; *names; names++)
        if (strlen(*names) == len && strncasecmp(*names, word, len) == 0)
            return true;
    return false;
}

/* Keys by what they begin with; all of the word is secret. */
static bool is_key(const char *word, size_t len)
{
    static const char *const prefixes[] = {"sk-",  "whsec_", "ghp_", "xoxb-",
                                           "gsk_", "hf_",    "AIza", NULL};
    size_t i;

    for (i = 0; prefixes[i]; i++) {
        size_t size = strlen(prefixes[i]);

        if (len >= size + SHORTEST && memcmp(word, prefixes[i], size) == 0)
            return true;
    }
    return false;
}

/* From behind a name to its value: `":  "`, `=`, `: Bearer `; 0: none. */
static size_t to_value(const char *at, size_t len)
{
    size_t skip = 0;
    bool joined = false;

    while (skip < len && strchr(" \t\"'\\:=", at[skip]) && at[skip]) {
        joined = joined || at[skip] == ':' || at[skip] == '=';
        skip++;
    }
    return joined ? skip : 0;
}

static size_t value_length(const char *at, size_t len, const char *ends)
{
    size_t count = 0;

    while (count < len && at[count] && !strchr(ends, at[count]))
        count++;
    return count;
}

/* Append the name and the mark; how many bytes of text that was, or 0. */
static size_t named(const char *at, size_t len, size_t word, char before,
                    struct buf *out)
{
    static const char *const headers[] = {
        "authorization", "proxy-authorization", "x-api-key",
        "api-key",       "x-goog-api-key",      "cookie",
        "set-cookie",    "x-auth-token",        NULL};
    static const char *const names[] = {"api_key",      "apikey",
                                        "password",     "passwd",
                                        "secret",       "client_secret",
                                        "access_token", "refresh_token",
                                        "private_key",  NULL};
    static const char *const queries[] = {"key", "token", "sig", NULL};
    const char *ends = NULL;
    size_t value;
    size_t size;

    if (is_among(headers, at, word))
        ends = "\r\n\"'";
    else if (is_among(names, at, word) ||
             ((before == '?' || before == '&') && is_among(queries, at, word)))
        ends = "\r\n\"' \t&,;}";
    value = ends ? to_value(at + word, len - word) : 0;
    if (value == 0)
        return 0;
    size = value_length(at + word + value, len - word - value, ends);
    /* JSON inside of JSON: the quote that ends it has a backslash. */
    if (size > 0 && at[word + value - 2] == '\\' &&
        at[word + value + size - 1] == '\\')
        size--;
    buf_put(out, at, word + value);
    if (size > 0)
        buf_str(out, mark);
    return word + value + size;
}

/* "Bearer TOKEN" wherever it stands. */
static size_t bearer(const char *at, size_t len, size_t word, struct buf *out)
{
    size_t size;

    if (word != 6 || strncasecmp(at, "bearer", 6) != 0 || len < 7 ||
        at[6] != ' ')
        return 0;
    size = value_length(at + 7, len - 7, " \t\r\n\"',;");
    if (size < SHORTEST)
        return 0;
    buf_put(out, at, 7);
    buf_str(out, mark);
    return 7 + size;
}

/* "://user:password@": the word is the scheme. */
static size_t in_url(const char *at, size_t len, size_t word, struct buf *out)
{
    const char *host = at + word + 3;
    size_t size;

    if (len < word + 4 || memcmp(at + word, "://", 3) != 0)
        return 0;
    size = value_length(host, len - word - 3, "/?# \t\r\n\"'@");
    if (size + word + 3 >= len || host[size] != '@' || !memchr(host, ':', size))
        return 0;
    buf_put(out, at, word + 3);
    buf_str(out, mark);
    return word + 3 + size;
}

/* At the beginning of a word. */
static size_t lookalike(const char *at, size_t len, char before,
                        struct buf *out)
{
    size_t word = word_length(at, len);
    size_t used;

    if (is_key(at, word)) {
        buf_str(out, mark);
        return word;
    }
    used = named(at, len, word, before, out);
    if (used == 0)
        used = bearer(at, len, word, out);
    if (used == 0)
        used = in_url(at, len, word, out);
    return used;
}

void redact_text(const struct redact *redact, const char *text, size_t len,
                 struct buf *out)
{
    size_t at = 0;

    while (at < len) {
        char before = ' ';
        size_t used = registered(redact, text + at, len - at);

        if (at > 0)
            before = text[at - 1];
        if (used > 0)
            buf_str(out, mark);
        else if (in_word(text[at]) && !in_word(before))
            used = lookalike(text + at, len - at, before, out);
        if (used == 0)
            buf_byte(out, text[at++]);
        at += used;
    }
    buf_put(out, "", 0);
}

void redact_show(const struct redact *redact, const char *text, size_t len,
                 char *to, size_t size)
{
    struct buf clean = {0};
    struct buf shown = {0};
    size_t room;

    redact_text(redact, text, len, &clean);
    buf_printable(&shown, clean.data, clean.len);
    room = shown.len < size ? shown.len : size - 1;
    while (room > 0 && room < shown.len &&
           ((unsigned char)shown.data[room] & 0xc0) == 0x80)
        room--;
    memcpy(to, shown.data, room);
    to[room] = '\0';
    buf_release(&clean);
    buf_release(&shown);
}
