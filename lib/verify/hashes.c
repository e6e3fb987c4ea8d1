/*
 * hashes.c - reading, checking and writing lists of hashes
 */
#include "config.h"

#include "verify/hashes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum { PIECE = 1 << 16, HEX = HASH_TEXT_SIZE - 1, LINE_LIMIT = 1 << 16 };

int hashes_of(int fd, char hex[HASH_TEXT_SIZE], int64_t *size, struct err *err)
{
    struct hash *hash = hash_open();
    char *piece = xmalloc(PIECE);
    ssize_t got;

    *size = 0;
    do {
        got = read(fd, piece, PIECE);
        if (got > 0) {
            hash_put(hash, piece, (size_t)got);
            *size += got;
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0)
        err_errno(err, ERR_IO, "cannot read it");
    hash_close(hash, hex);
    free(piece);
    return got < 0 ? -1 : 0;
}

/* --------------------------------------------------------------- reading */

static bool take_hex(const char *text, size_t len, char hex[HASH_TEXT_SIZE])
{
    if (len < HEX)
        return false;
    for (size_t i = 0; i < HEX; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        hex[i] = (char)tolower((unsigned char)text[i]);
    }
    hex[HEX] = '\0';
    return true;
}

static char unquote(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case '\\':
        return '\\';
    default:
        return '\0';
    }
}

/* NULL: a backslash before something that is never quoted. */
static char *take_name(const char *text, size_t len, bool quoted)
{
    struct buf name = {0};

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (quoted && c == '\\') {
            c = '\0';
            if (++i < len)
                c = unquote(text[i]);
        }
        if (c == '\0') {
            buf_release(&name);
            return NULL;
        }
        buf_byte(&name, c);
    }
    return buf_detach(&name);
}

/* "SHA256 (NAME) = HEX" */
static int parse_tag(const char *line, size_t len, bool quoted,
                     char hex[HASH_TEXT_SIZE], char **name)
{
    static const char begin[] = "SHA256 (";
    static const char middle[] = ") = ";
    const size_t head = sizeof(begin) - 1;
    const size_t tail = sizeof(middle) - 1 + HEX;

    if (len <= head + tail || strncmp(line, begin, head) != 0 ||
        strncmp(line + len - tail, middle, sizeof(middle) - 1) != 0 ||
        !take_hex(line + len - HEX, HEX, hex))
        return -1;
    *name = take_name(line + head, len - head - tail, quoted);
    return *name ? 1 : -1;
}

int hashes_parse(const char *line, size_t len, char hex[HASH_TEXT_SIZE],
                 char **name)
{
    bool quoted = len > 0 && *line == '\\';

    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len == 0 || *line == '#')
        return 0;
    if (quoted) {
        line++;
        len--;
    }
    if (strncmp(line, "SHA256 ", len < 7 ? len : 7) == 0)
        return parse_tag(line, len, quoted, hex, name);
    if (!take_hex(line, len, hex) || len < HEX + 3 || line[HEX] != ' ' ||
        (line[HEX + 1] != ' ' && line[HEX + 1] != '*'))
        return -1;
    *name = take_name(line + HEX + 2, len - HEX - 2, quoted);
    return *name ? 1 : -1;
}

/* -------------------------------------------------------------- checking */

static void check_file(struct verify *verify, const char *name,
                       const char *want)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char hex[HASH_TEXT_SIZE];
    struct err err = {0};
    struct stat st;
    int64_t size;

    if (fd < 0)
        verify_offend(verify, name, "%s", strerror(errno));
    else if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        verify_offend(verify, name, "is not a regular file");
    else if (hashes_of(fd, hex, &size, &err) < 0)
        verify_offend(verify, name, "%s", err.msg);
    else if (strcmp(hex, want) != 0)
        verify_offend(verify, name, "has SHA-256 %s, not %s", hex, want);
    file_close(&fd);
}

static int check_line(struct verify *verify, const struct record_text *record,
                      const char *list)
{
    char hex[HASH_TEXT_SIZE];
    char *name = NULL;
    int kind = record->too_long
                   ? -1
                   : hashes_parse(record->data, record->len, hex, &name);

    if (kind < 0) {
        char *id = xasprintf("%s:%lld", list, (long long)record->line);

        verify_offend(verify, id, "is no line of sha256sum");
        free(id);
    } else if (kind > 0) {
        check_file(verify, name, hex);
    }
    free(name);
    return kind;
}

void verify_hashes(struct verify *verify, int fd, const char *list)
{
    struct reader *reader = reader_open(fd, '\n', LINE_LIMIT);
    struct record_text record;
    struct err err = {0};
    int64_t count = 0;
    int got;

    verify->area = "hashes";
    verify_begin(verify, list, "every file has the SHA-256 that is listed");
    while ((got = reader_next(reader, -1, &record, &err)) == 1 || got == 2)
        if (got == 1)
            count += check_line(verify, &record, list) > 0;
    if (got < 0)
        verify_unknown(verify, &err);
    else if (count == 0 && verify_clean(verify))
        verify_offend(verify, list, "lists no file");
    verify_note(verify, "%lld files", (long long)count);
    verify_end(verify);
    reader_close(reader);
}

/* --------------------------------------------------------------- writing */

void hashes_write(struct buf *out, const char *hex, const char *name)
{
    if (name[strcspn(name, "\n\r\\")])
        buf_byte(out, '\\');
    buf_fmt(out, "%s  ", hex);
    for (; *name; name++) {
        if (*name == '\n')
            buf_str(out, "\\n");
        else if (*name == '\r')
            buf_str(out, "\\r");
        else if (*name == '\\')
            buf_str(out, "\\\\");
        else
            buf_byte(out, *name);
    }
    buf_byte(out, '\n');
}
