/*
 * tar.c - the headers of POSIX tar
 */
#include "config.h"

#include "verify/tar.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 100, PREFIX_SIZE = 155 };

#define OCTAL_MAX INT64_C(077777777777) /* eleven digits */

struct ustar {
    char name[NAME_SIZE], mode[8], uid[8], gid[8], size[12], mtime[12];
    char checksum[8], type, link[100], magic[6], version[2];
    char user[32], group[32], major[8], minor[8], prefix[PREFIX_SIZE];
    char rest[12];
};

/* Octal digits and a NUL; what is too large is said by a pax header. */
static void put_octal(char *field, size_t size, int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%0*llo", (int)size - 1,
             (unsigned long long)(value > OCTAL_MAX ? 0 : value));
    memcpy(field, text, size);
}

/* Split at a '/' so that both parts fit; false: they do not. */
static bool put_name(struct ustar *header, const char *name)
{
    size_t len = strlen(name);
    size_t cut = 0;

    if (len <= NAME_SIZE) {
        memcpy(header->name, name, len);
        return true;
    }
    for (size_t i = 1; i < len - 1 && i <= PREFIX_SIZE; i++)
        if (name[i] == '/' && len - i - 1 <= NAME_SIZE && cut == 0)
            cut = i;
    if (cut == 0) {
        memcpy(header->name, name, NAME_SIZE);
        return false;
    }
    memcpy(header->prefix, name, cut);
    memcpy(header->name, name + cut + 1, len - cut - 1);
    return true;
}

static void put_checksum(struct ustar *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;

    memset(header->checksum, ' ', sizeof(header->checksum));
    for (size_t i = 0; i < sizeof(*header); i++)
        sum += bytes[i];
    snprintf(header->checksum, sizeof(header->checksum), "%06o", sum);
}

static void put_header(struct buf *out, struct ustar *header, char type,
                       int64_t size, int64_t mtime)
{
    put_octal(header->mode, sizeof(header->mode), 0644);
    put_octal(header->uid, sizeof(header->uid), 0);
    put_octal(header->gid, sizeof(header->gid), 0);
    put_octal(header->size, sizeof(header->size), size);
    put_octal(header->mtime, sizeof(header->mtime), mtime);
    put_octal(header->major, sizeof(header->major), 0);
    put_octal(header->minor, sizeof(header->minor), 0);
    header->type = type;
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    put_checksum(header);
    buf_put(out, header, sizeof(*header));
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
