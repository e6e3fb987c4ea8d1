/*
 * output.h - captured stdout: the first bytes in memory, all of it in a
 * file once it is too long
 */
#ifndef AAOS_WORK_OUTPUT_H
#define AAOS_WORK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/hash.h"

struct output_limits {
    int64_t memory; /* bytes kept in memory */
    int64_t file;   /* bytes kept in the file */
};

/* Zero is valid. */
struct output {
    struct buf head; /* the first bytes */
    int64_t size;    /* of all that came */
    bool filed;      /* there is a file */
    int fd;          /* valid while filed */
    int64_t kept;    /* bytes in the file */
    bool cut;        /* the file does not have them all */
    struct hash *hash;
    char name[16];      /* of the file in its directory */
    struct err trouble; /* why the file ended early; or no error */
};

/* `folder`: descriptor of the directory where a file may be made; called
 * only when one is needed, -1: there is none. */
typedef int output_folder(void *ctx, struct err *err);

void output_release(struct output *output);
void output_put(struct output *output, const struct output_limits *limits,
                const char *data, size_t len, output_folder *folder, void *ctx);
/* Ends the file: its hash, and true if there is one. */
bool output_end(struct output *output, char sha256[HASH_TEXT_SIZE]);

#endif
