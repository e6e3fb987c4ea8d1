/*
 * submit-spool.c - records in an unlinked file, to be read again
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/submit.h"
#include "core/mem.h"

struct head {
    int64_t line;
    size_t len;
    bool torn, too_long;
};

int spool_file(FILE **file, struct err *err)
{
    *file = tmpfile();
    if (!*file)
        return err_errno(err, ERR_CREATE, "cannot create a temporary file");
    return 0;
}

int spool_put(struct spool *spool, const struct record_text *text,
              struct err *err)
{
    struct head head;

    memset(&head, 0, sizeof(head)); /* the padding is written, too */
    head.line = text->line;
    head.len = text->len;
    head.torn = text->torn;
    head.too_long = text->too_long;
    if (fwrite(&head, sizeof(head), 1, spool->file) != 1 ||
        fwrite(text->data, 1, text->len, spool->file) != text->len)
        return err_errno(err, ERR_IO, "cannot write the spool");
    spool->at = xgrow(spool->at, spool->count, &spool->cap, sizeof(*spool->at));
    spool->at[spool->count++] = spool->end;
    spool->end += (int64_t)(sizeof(head) + text->len);
    return 0;
}

int spool_seek(struct spool *spool, size_t i, struct err *err)
{
    if (fseeko(spool->file, spool->at[i], SEEK_SET) < 0)
        return err_errno(err, ERR_IO, "cannot read the spool");
    return 0;
}

int spool_get(struct spool *spool, struct buf *data, struct record_text *text,
              struct err *err)
{
    struct head head;

    if (fread(&head, sizeof(head), 1, spool->file) != 1)
        return ferror(spool->file)
                   ? err_errno(err, ERR_IO, "cannot read the spool")
                   : 0;
    buf_reset(data);
    buf_reserve(data, head.len + 1);
    if (fread(data->data, 1, head.len, spool->file) != head.len)
        return err_errno(err, ERR_IO, "cannot read the spool");
    data->data[head.len] = '\0';
    data->len = head.len;
    *text = (struct record_text){.data = data->data,
                                 .len = head.len,
                                 .line = head.line,
                                 .torn = head.torn,
                                 .too_long = head.too_long};
    return 1;
}

void spool_release(struct spool *spool)
{
    if (spool->file)
        fclose(spool->file);
    free(spool->at);
    *spool = (struct spool){0};
}
