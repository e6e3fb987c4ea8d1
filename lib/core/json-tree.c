/*
 * json-tree.c - composing documents with cJSON
 *
 * Values are added as raw items that are already valid JSON: numbers stay
 * exact, text is escaped by the same rules as everywhere, and a checked
 * text goes through byte for byte.
 */
#include "config.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Adds what was put, and empties the buf. */
static void add(cJSON *object, const char *name, struct buf *raw)
{
    cJSON *item = cJSON_CreateRaw(raw->data);

    if (!item || !cJSON_AddItemToObject(object, name, item))
        xdie("out of memory");
    buf_release(raw);
}

void json_add_raw(cJSON *object, const char *name, const char *raw, size_t len)
{
    struct buf copy = {0};

    buf_put(&copy, raw, len);
    add(object, name, &copy);
}

void json_add_text(cJSON *object, const char *name, const char *text_or_null)
{
    struct buf raw = {0};

    if (text_or_null)
        buf_json_safe(&raw, text_or_null, strlen(text_or_null));
    else
        buf_str(&raw, "null");
    add(object, name, &raw);
}

void json_add_bytes(cJSON *object, const char *name, const void *data,
                    size_t len)
{
    struct buf raw = {0};
    char *other;

    if (len == 0 || (utf8_valid(data, len) && !memchr(data, '\0', len))) {
        buf_json(&raw, data, len);
        add(object, name, &raw);
        return;
    }
    json_add_text(object, name, NULL);
    other = xasprintf("%s_base64", name);
    buf_byte(&raw, '"');
    buf_base64(&raw, data, len);
    buf_byte(&raw, '"');
    add(object, other, &raw);
    free(other);
}

void json_add_num(cJSON *object, const char *name, int64_t num)
{
    struct buf raw = {0};

    buf_num(&raw, num);
    add(object, name, &raw);
}

void json_print(const cJSON *tree, bool pretty, struct buf *out)
{
    char *text = pretty ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);

    if (!text)
        xdie("out of memory");
    buf_str(out, text);
    cJSON_free(text);
}
