/*
 * conf.c - which value is in force, and where it came from
 *
 * Weakest first: defaults, then the file, whose values are all checked
 * whether or not something stronger hides them, then the environment, and
 * at last, by conf_set(), the options.
 */
#include "config.h"

#include "core/conf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/conf-internal.h"
#include "core/file.h"
#include "core/mem.h"

const char *conf_env(const char *name)
{
    const char *value = name ? getenv(name) : NULL;

    return value && *value ? value : NULL;
}

char *conf_user_path(const char *xdg_var, const char *home_dir,
                     const char *name)
{
    const char *xdg = conf_env(xdg_var);
    const char *home = conf_env("HOME");

    /* The XDG specification: a relative path is invalid and ignored. */
    if (xdg && *xdg == '/')
        return xasprintf("%s/%s", xdg, name);
    return home ? xasprintf("%s/%s/%s", home, home_dir, name) : NULL;
}

int conf_index(const char *name)
{
    size_t count;
    const struct conf_setting *table = conf_settings(&count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return (int)i;
    return -1;
}

int conf_assign(struct conf *conf, size_t index, const char *text, char *origin,
                struct err *err)
{
    size_t count;
    const struct conf_setting *setting = &conf_settings(&count)[index];
    struct conf_value *value = &conf->values[index];
    int64_t num = 0;

    if (conf_check(setting, text, &num, err) < 0) {
        free(origin);
        err->code = ERR_CONFIG;
        return err_wrap(err, "%s", setting->name);
    }
    free(value->text);
    free(value->origin);
    *value = (struct conf_value){xstrdup(text), num, origin};
    return 0;
}

static int assign_env(struct conf *conf, size_t index, const char *variable,
                      const char *text, struct err *err)
{
    char *origin = xasprintf("environment %s", variable);

    if (conf_assign(conf, index, text, origin, err) < 0)
        return err_wrap(err, "%s", variable);
    return 0;
}

/* REDIS_HOST and REDIS_PORT together stand for a URL. */
static int assign_redis_host(struct conf *conf, size_t index, const char *host,
                             struct err *err)
{
    const char *port = conf_env("REDIS_PORT");
    int64_t num = 6379;
    bool bare;
    char *url;
    int ret;

    if (port && conf_parse_int(port, 1, 65535, &num, err) < 0) {
        err->code = ERR_CONFIG;
        return err_wrap(err, "REDIS_PORT");
    }
    if (host[strcspn(host, "/@?# ")])
        return err_set(err, ERR_CONFIG,
                       "REDIS_HOST: must be a host name or an address");
    /* An IPv6 address needs brackets to keep its colons from the port. */
    bare = strchr(host, ':') && *host != '[';
    url = xasprintf("redis://%s%s%s:%" PRId64, bare ? "[" : "", host,
                    bare ? "]" : "", num);
    ret = assign_env(conf, index, "REDIS_HOST", url, err);
    free(url);
    return ret;
}

static int read_env(struct conf *conf, struct err *err)
{
    size_t count;
    const struct conf_setting *table = conf_settings(&count);
    int ret = 0;

    for (size_t i = 0; i < count && ret == 0; i++) {
        const char *text = conf_env(table[i].env);
        const char *other = conf_env(table[i].env_fallback);

        if (text)
            ret = assign_env(conf, i, table[i].env, text, err);
        else if (other && strcmp(table[i].env_fallback, "REDIS_HOST") == 0)
            ret = assign_redis_host(conf, i, other, err);
        else if (other)
            ret = assign_env(conf, i, table[i].env_fallback, other, err);
    }
    return ret;
}

static int set_defaults(struct conf *conf, struct err *err)
{
    size_t count;
    const struct conf_setting *table = conf_settings(&count);

    for (size_t i = 0; i < count; i++)
        if (table[i].fallback &&
            conf_assign(conf, i, table[i].fallback, NULL, err) < 0)
            return -1;
    return 0;
}

/* The default of paths.state_dir depends on the user. */
static void set_state_dir(struct conf *conf)
{
    struct conf_value *value = &conf->values[conf_index("paths.state_dir")];

    if (!value->text)
        value->text = conf_user_path("XDG_STATE_HOME", ".local/state", "aaos");
}

struct conf *conf_open(const char *file, struct err *err)
{
    struct conf *conf = xcalloc(1, sizeof(*conf));

    conf_settings(&conf->count);
    conf->values = xcalloc(conf->count, sizeof(*conf->values));
    if (set_defaults(conf, err) < 0 || conf_read_file(conf, file, err) < 0 ||
        read_env(conf, err) < 0) {
        conf_close(conf);
        return NULL;
    }
    set_state_dir(conf);
    return conf;
}

void conf_close(struct conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < conf->count; i++) {
        free(conf->values[i].text);
        free(conf->values[i].origin);
    }
    free(conf->values);
    conf_named_release(conf);
    free(conf);
}

int conf_set(struct conf *conf, const char *name, const char *value,
             struct err *err)
{
    int index = conf_index(name);

    if (index < 0)
        return err_set(err, ERR_BUG, "no setting is called '%s'", name);
    if (conf_assign(conf, (size_t)index, value, xstrdup("option"), err) < 0) {
        err->code = ERR_USAGE;
        return -1;
    }
    return 0;
}

static const struct conf_value *value_of(const struct conf *conf,
                                         const char *name)
{
    int index = conf_index(name);

    if (index < 0)
        abort(); /* a name that is in no table is a mistake in the caller */
    return &conf->values[index];
}

const char *conf_text(const struct conf *conf, const char *name)
{
    const struct conf_value *value = value_of(conf, name);
    size_t count;
    const struct conf_setting *setting =
        &conf_settings(&count)[value - conf->values];

    if (value->text && setting->fallback &&
        strcmp(setting->fallback, "none") == 0 &&
        strcmp(value->text, "none") == 0)
        return NULL;
    return value->text;
}

int64_t conf_num(const struct conf *conf, const char *name)
{
    return value_of(conf, name)->num;
}

bool conf_bool(const struct conf *conf, const char *name)
{
    return value_of(conf, name)->num != 0;
}

const char *conf_origin(const struct conf *conf, const char *name)
{
    const struct conf_value *value = value_of(conf, name);

    return value->origin ? value->origin : "default";
}

void conf_show_line(const char *name, const struct conf_setting *setting,
                    const char *text, const char *origin, FILE *out)
{
    struct buf line = {0};
    char *masked = NULL;

    if (text && setting->secret)
        text = masked = conf_url_mask(text);
    buf_fmt(&line, "%s = ", name);
    buf_printable(&line, text ? text : "", text ? strlen(text) : 0);
    buf_str(&line, "  # ");
    buf_str(&line, origin);
    fprintf(out, "%s\n", line.data);
    free(masked);
    buf_release(&line);
}

void conf_show(const struct conf *conf, FILE *out)
{
    size_t count;
    const struct conf_setting *table = conf_settings(&count);

    for (size_t i = 0; i < count; i++)
        conf_show_line(table[i].name, &table[i], conf->values[i].text,
                       conf_origin(conf, table[i].name), out);
    conf_named_show(conf, out);
}

const char *conf_state_dir(struct conf *conf, bool create, struct err *err)
{
    const char *dir = conf_text(conf, "paths.state_dir");

    if (!dir) {
        err_set(err, ERR_CONFIG, "there is no state directory");
        err_hint(err, "set HOME, AAOS_STATE_DIR or paths.state_dir");
        return NULL;
    }
    if (create && file_mkdir(dir, err) < 0) {
        err_wrap(err, "cannot make the state directory");
        return NULL;
    }
    return dir;
}
