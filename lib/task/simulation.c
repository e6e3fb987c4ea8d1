/*
 * simulation.c - a task that only pretends to be work
 */
#include "config.h"

#include "task/simulation.h"

#include <string.h>

#include "core/attr.h"
#include "core/json.h"

#define SIZE_MAX_PAD (INT64_C(64) << 20)
#define YEAR (INT64_C(366) * 86400 * 1000000)

/* --- writing -------------------------------------------------------------- */

/* An object without its end becomes `size` bytes long. */
static void pad(struct buf *out, size_t from, int64_t size)
{
    static const char member[] = ",\"pad\":\"";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    int64_t need = (int64_t)(out->len - from) + (int64_t)sizeof(member) + 2;
    int64_t left = size - need + 1;

    if (left > 0) {
        buf_put(out, member, sizeof(member) - 1);
        buf_reserve(out, (size_t)left + 2);
        for (int64_t i = 0; i < left; i++)
            buf_byte(out, letters[i % 26]);
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
}

void simulation_put(const struct simulation *simulation, int64_t size,
                    struct buf *out)
{
    size_t from = out->len;

    buf_fmt(out, "{\"simulate\":{\"n\":%lld,\"due\":%lld,\"run\":%lld",
            (long long)simulation->number, (long long)simulation->due,
            (long long)simulation->run);
    if (simulation->fail > 0)
        buf_fmt(out, ",\"fail\":%lld", (long long)simulation->fail);
    if (simulation->permanent)
        buf_str(out, ",\"permanent\":true");
    if (simulation->result > 0)
        buf_fmt(out, ",\"result\":%lld", (long long)simulation->result);
    buf_byte(out, '}');
    pad(out, from, size);
}

void simulation_put_result(int64_t started, int64_t ended, int64_t size,
                           struct buf *out)
{
    size_t from = out->len;

    buf_fmt(out, "{\"started_at\":%lld,\"ended_at\":%lld", (long long)started,
            (long long)ended);
    pad(out, from, size);
}

/* --- reading -------------------------------------------------------------- */

static bool number(const struct json_slice *object, const char *name,
                   int64_t max, int64_t *out)
{
    struct json_slice value;

    if (json_member(object, name, &value) == 0)
        return true;
    return value.type == JSON_NUMBER && json_integer(&value, out) &&
           *out >= 0 && *out <= max;
}

static bool parse_members(const struct json_slice *object,
                          struct simulation *out)
{
    struct json_slice value;

    out->permanent = json_member(object, "permanent", &value) != 0 &&
                     value.type == JSON_TRUE;
    return number(object, "n", INT64_MAX, &out->number) &&
           number(object, "due", INT64_MAX, &out->due) &&
           number(object, "run", YEAR, &out->run) &&
           number(object, "fail", INT32_MAX, &out->fail) &&
           number(object, "result", SIZE_MAX_PAD, &out->result);
}

int simulation_parse(const char *payload, size_t len,
                     struct simulation *simulation, struct err *err)
{
    struct json_slice whole, object;
    struct simulation out = {0};

    if (!payload || len == 0)
        return err_set(err, ERR_DATA, "no simulation: there is no payload");
    if (json_check(payload, len, &whole, err) < 0)
        return err_wrap(err, "no simulation");
    if (whole.type != JSON_OBJECT ||
        json_member(&whole, "simulate", &object) == 0 ||
        object.type != JSON_OBJECT || !parse_members(&object, &out))
        return err_set(err, ERR_DATA,
                       "no simulation: the payload does not describe one");
    *simulation = out;
    return 0;
}

bool simulation_parse_result(const char *result, size_t len, int64_t *started,
                             int64_t *ended)
{
    struct json_slice whole;
    struct err err = {0};
    int64_t from = -1;
    int64_t to = -1;

    if (!result || json_check(result, len, &whole, &err) < 0 ||
        whole.type != JSON_OBJECT ||
        !number(&whole, "started_at", INT64_MAX, &from) ||
        !number(&whole, "ended_at", INT64_MAX, &to) || from < 0 || to < 0)
        return false;
    *started = from;
    *ended = to;
    return true;
}
