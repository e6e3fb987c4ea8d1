/*
 * tar.c - the headers of POSIX tar
 */
#include "config.h"

#include "verify/tar.h"

#include <stdio.h>
#include <string.h>

/* Where the fields of a ustar header are. */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_CHECKSUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_VERSION = 263,
    AT_MAJOR = 329,
    AT_MINOR = 337,
    AT_PREFIX = 345
};
enum { NAME_SIZE = 100, PREFIX_SIZE = 155 };

#define OCTAL_MAX INT64_C(077777777777) /* eleven digits */

struct ustar {
    char bytes[TAR_BLOCK];
};

/* Octal digits and a NUL; what is too large is said by a pax header. */
static void put_octal(struct ustar *header, size_t at, size_t size,
                      int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%0*llo", (int)size - 1,
             (unsigned long long)(value > OCTAL_MAX ? 0 : value));
    memcpy(header->bytes + at, text, size);
}

/* Split at a '/' so that both parts fit; false: they do not. */
static bool put_name(struct ustar *header, const char *name)
{
    size_t len = strlen(name);
    const char *cut = strchr(name, '/');

    if (len <= NAME_SIZE) {
        memcpy(header->bytes + AT_NAME, name, len);
        return true;
    }
    while (cut && len - (size_t)(cut - name) - 1 > NAME_SIZE)
        cut = strchr(cut + 1, '/');
    if (!cut || !cut[1] || cut == name || cut - name > PREFIX_SIZE) {
        memcpy(header->bytes + AT_NAME, name, NAME_SIZE);
        return false;
    }
    memcpy(header->bytes + AT_PREFIX, name, (size_t)(cut - name));
    memcpy(header->bytes + AT_NAME, cut + 1, strlen(cut + 1));
    return true;
}

static void put_checksum(struct ustar *header)
{
    unsigned sum = 0;
    char text[8];

    memset(header->bytes + AT_CHECKSUM, ' ', sizeof(text));
    for (size_t i = 0; i < sizeof(header->bytes); i++)
        sum += (unsigned char)header->bytes[i];
    snprintf(text, sizeof(text), "%06o", sum);
    memcpy(header->bytes + AT_CHECKSUM, text, 7); /* and the blank stays */
}

static void put_header(struct buf *out, struct ustar *header, char type,
                       int64_t size, int64_t mtime)
{
    put_octal(header, AT_MODE, 8, 0644);
    put_octal(header, AT_UID, 8, 0);
    put_octal(header, AT_GID, 8, 0);
    put_octal(header, AT_SIZE, 12, size);
    put_octal(header, AT_MTIME, 12, mtime);
    put_octal(header, AT_MAJOR, 8, 0);
    put_octal(header, AT_MINOR, 8, 0);
    header->bytes[AT_TYPE] = type;
    memcpy(header->bytes + AT_MAGIC, "ustar", 6);
    memcpy(header->bytes + AT_VERSION, "00", 2);
    put_checksum(header);
    buf_put(out, header->bytes, sizeof(header->bytes));
}

/* "LEN key=value\n", where LEN counts itself. */
static void put_record(struct buf *out, const char *key, const char *value)
{
    size_t body = strlen(key) + strlen(value) + 3;
    size_t len = body + 1;
    char digits[24];

    while (len != body + (size_t)snprintf(digits, sizeof(digits), "%zu", len))
        len++;
    buf_fmt(out, "%zu %s=%s\n", len, key, value);
}

void tar_padding(struct buf *out, int64_t size)
{
    static const char zeros[TAR_BLOCK];

    if (size % TAR_BLOCK > 0)
        buf_put(out, zeros, (size_t)(TAR_BLOCK - size % TAR_BLOCK));
}

void tar_header(struct buf *out, const char *name, int64_t size, int64_t mtime)
{
    struct ustar header = {0};
    struct ustar extended = {0};
    struct buf records = {0};
    char text[24];

    if (!put_name(&header, name))
        put_record(&records, "path", name);
    snprintf(text, sizeof(text), "%lld", (long long)size);
    if (size > OCTAL_MAX)
        put_record(&records, "size", text);
    if (records.len > 0) {
        put_name(&extended, "PaxHeaders/path");
        put_header(out, &extended, 'x', (int64_t)records.len, mtime);
        buf_put(out, records.data, records.len);
        tar_padding(out, (int64_t)records.len);
    }
    put_header(out, &header, '0', size, mtime);
    buf_release(&records);
}

void tar_end(struct buf *out)
{
    static const char zeros[2 * TAR_BLOCK];

    buf_put(out, zeros, sizeof(zeros));
}
