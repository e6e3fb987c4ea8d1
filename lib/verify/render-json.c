/*
 * render-json.c - one object
 */
#include "config.h"

#include "core/clock.h"
#include "core/json.h"
#include "verify/render.h"

const char *render_verdict(const struct verify *verify)
{
    enum err_code code = verify_verdict(verify);

    if (code == ERR_NONE)
        return "GO";
    return code == ERR_NO ? "NO-GO" : "UNKNOWN";
}

static cJSON *offenders_of(const struct check *check)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < check->count; i++) {
        cJSON *item = cJSON_CreateObject();

        json_add_text(item, "id", check->offenders[i].id);
        json_add_text(item, "what", check->offenders[i].what);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *check_object(const struct check *check)
{
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "area", check->area);
    json_add_text(object, "name", check->name);
    json_add_text(object, "about", check->about);
    json_add_text(object, "verdict", verdict_name(check->verdict));
    json_add_num(object, "offender_count", check->total);
    cJSON_AddItemToObject(object, "offenders", offenders_of(check));
    json_add_text(object, "note", check->note);
    json_add_text(object, "error", check->err.code ? check->err.msg : NULL);
    json_add_num(object, "elapsed_us", check->elapsed);
    return object;
}

static void add_counts(cJSON *object, const struct verify *verify)
{
    struct verify_counts counts = verify_count(verify);

    json_add_num(object, "passed", (int64_t)counts.passed);
    json_add_num(object, "failed", (int64_t)counts.failed);
    json_add_num(object, "skipped", (int64_t)counts.skipped);
    json_add_num(object, "unknown", (int64_t)counts.unknown);
}

void render_json(struct buf *out, const struct verify *verify,
                 const struct render_facts *facts)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *checks = cJSON_CreateArray();
    cJSON *figures = cJSON_CreateObject();
    const char *const *figure = facts->figures;
    char at[CLOCK_TEXT_SIZE];

    json_add_text(object, "title", facts->title);
    json_add_text(object, "verdict", render_verdict(verify));
    json_add_text(object, "at", clock_format(facts->at, at));
    json_add_text(object, "version", facts->version);
    json_add_text(object, "host", facts->host);
    json_add_text(object, "database", facts->database);
    json_add_text(object, "redis", facts->redis);
    json_add_num(object, "elapsed_us", facts->elapsed);
    add_counts(object, verify);
    for (; figure && *figure; figure += 2)
        json_add_text(figures, figure[0], figure[1]);
    if (facts->figures)
        cJSON_AddItemToObject(object, "figures", figures);
    else
        cJSON_Delete(figures);
    for (size_t i = 0; i < verify->count; i++)
        cJSON_AddItemToArray(checks, check_object(&verify->checks[i]));
    cJSON_AddItemToObject(object, "checks", checks);
    json_print(object, true, out);
    buf_byte(out, '\n');
    cJSON_Delete(object);
}
