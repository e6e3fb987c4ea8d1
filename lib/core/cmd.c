/*
 * cmd.c - the first and the last thing a program does
 */
#include "config.h"

#include "core/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cmd-internal.h"
#include "core/file.h"
#include "core/log.h"

static const char *program = "aaos"; /* until cmd_begin() knows */

/*
 * A descriptor that was closed would be given to the next file opened, and
 * what is printed would land in a database.  /dev/null takes its place, in
 * the wrong mode: using it fails instead of losing data.
 */
static void fill_descriptor(int fd, int mode, bool *was_closed)
{
    int null;

    if (fcntl(fd, F_GETFD) >= 0)
        return;
    *was_closed = true;
    /* The lowest free descriptor: lower ones have been filled already. */
    null = open("/dev/null", mode);
    if (null != fd)
        _exit(ERR_OS);
}

static bool wants_color(int fd)
{
    const char *when = cmd_given.color ? cmd_given.color : "auto";
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    if (no_color && *no_color)
        return false;
    return term && strcmp(term, "dumb") != 0 && isatty(fd);
}

static enum output parse_output(const char *name)
{
    static const char *const names[] = {
        [OUTPUT_TABLE] = "table",
        [OUTPUT_JSON] = "json",
        [OUTPUT_JSONL] = "jsonl",
        [OUTPUT_TSV] = "tsv",
    };

    for (enum output i = OUTPUT_TABLE; name && i <= OUTPUT_TSV; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return OUTPUT_AUTO;
}

static int refuse_secret(const char *option, const char *url, const char *hint,
                         struct err *err)
{
    if (!url || !conf_url_secret(url))
        return 0;
    err_set(err, ERR_USAGE,
            "option '%s': a password on the command line can be seen by"
            " everybody on this machine",
            option);
    return err_hint(err, "%s", hint);
}

static int judge_shared(struct err *err)
{
    cmd_shared.output = parse_output(cmd_given.output);
    cmd_shared.color_out = wants_color(STDOUT_FILENO);
    cmd_shared.color_err = wants_color(STDERR_FILENO);
    if (refuse_secret("--database", cmd_shared.database,
                      "put it in PGPASSFILE, or database.url in the"
                      " configuration file",
                      err) < 0)
        return -1;
    return refuse_secret("--redis", cmd_shared.redis,
                         "put redis.url in the configuration file, or in"
                         " AAOS_REDIS_URL",
                         err);
}

static enum log_level level_of(const struct cmd *cmd)
{
    if (cmd_shared.verbose > 0)
        return LOG_LEVEL_DEBUG;
    if (cmd_shared.quiet)
        return LOG_LEVEL_ERROR;
    return cmd->logs || cmd_shared.log_json ? LOG_LEVEL_INFO : LOG_LEVEL_WARN;
}

int cmd_begin(const struct cmd *cmd, int argc, char **argv)
{
    struct err err = {0};
    bool ignored = false;
    int first;

    program = cmd->name;
    cmd_shared = (struct cmd_shared){.verb = -1};
    cmd_asked = (struct cmd_asked){0};
    cmd_given = (struct cmd_given){0};
    fill_descriptor(STDIN_FILENO, O_WRONLY, &cmd_shared.stdin_closed);
    fill_descriptor(STDOUT_FILENO, O_RDONLY, &cmd_shared.stdout_closed);
    fill_descriptor(STDERR_FILENO, O_RDWR, &ignored);
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);

    first = cmd_parse(cmd, argc, argv, &err);
    cmd_shared.log_json =
        cmd_given.log_format && strcmp(cmd_given.log_format, "json") == 0;
    log_setup(program, level_of(cmd), cmd_shared.log_json);
    if (first == 0) {
        cmd_answer(cmd, stdout);
        exit(cmd_end(cmd, &err));
    }
    if (first < 0 || judge_shared(&err) < 0) {
        if (!*err.hint)
            err_hint(&err, "try '%s --help'", cmd->name);
        exit(cmd_end(cmd, &err));
    }
    return first;
}

static enum log_level parse_level(const char *name)
{
    if (strcmp(name, "error") == 0)
        return LOG_LEVEL_ERROR;
    if (strcmp(name, "warn") == 0)
        return LOG_LEVEL_WARN;
    return strcmp(name, "debug") == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

/* Options have spoken; where they were silent the settings count. */
static void setup_log(const struct cmd *cmd, const struct conf *conf)
{
    enum log_level level;

    if (!cmd_given.log_format)
        cmd_shared.log_json =
            strcmp(conf_text(conf, "log.format"), "json") == 0;
    level = level_of(cmd);
    if (level == LOG_LEVEL_INFO)
        level = parse_level(conf_text(conf, "log.level"));
    log_setup(program, level, cmd_shared.log_json);
}

struct conf *cmd_conf(const struct cmd *cmd, struct err *err)
{
    struct conf *conf = conf_open(cmd_shared.config, err);

    if (!conf)
        return NULL;
    if ((cmd_shared.database &&
         conf_set(conf, "database.url", cmd_shared.database, err) < 0) ||
        (cmd_shared.redis &&
         conf_set(conf, "redis.url", cmd_shared.redis, err) < 0)) {
        conf_close(conf);
        return NULL;
    }
    setup_log(cmd, conf);
    if (cmd_shared.show_config) {
        conf_show(conf, stdout);
        conf_close(conf);
        exit(cmd_end(cmd, err));
    }
    return conf;
}

/* "NAME: text" and a newline, in one piece, whoever else writes there. */
static void put_message(const char *name, const char *text)
{
    struct buf line = {0};
    struct err ignored = {0};

    buf_fmt(&line, "%s: ", name);
    buf_printable(&line, text, strlen(text));
    buf_byte(&line, '\n');
    file_write_all(STDERR_FILENO, line.data, line.len, &ignored);
    buf_release(&line);
}

static void close_stdout(struct err *err)
{
    bool failed = ferror(stdout) != 0;
    bool closed = cmd_shared.stdout_closed;

    errno = 0;
    if (fclose(stdout) != 0)
        failed = true;
    if (!failed || err->code != ERR_NONE)
        return;
    if (closed || errno == EPIPE)
        err_set(err, ERR_IO, "stdout is closed");
    else if (errno != 0)
        err_errno(err, ERR_IO, "cannot write to stdout");
    else
        err_set(err, ERR_IO, "cannot write to stdout");
}

int cmd_end(const struct cmd *cmd, struct err *err)
{
    cmd_progress_end();
    close_stdout(err);
    if (*err->msg && cmd_shared.log_json) {
        log_error("failed", log_text("message", err->msg),
                  log_text("hint", *err->hint ? err->hint : NULL),
                  log_num("status", err->code));
    } else if (*err->msg) {
        put_message(cmd->name, err->msg);
        if (*err->hint)
            put_message("hint", err->hint);
    }
    return (int)err->code;
}

static void say(enum log_level level, const char *event, const char *fmt,
                va_list args) ATTR_PRINTF(3, 0);

static void say(enum log_level level, const char *event, const char *fmt,
                va_list args)
{
    struct buf text = {0};

    cmd_progress_end();
    buf_vfmt(&text, fmt, args);
    if (cmd_shared.log_json)
        log_event(level, event, LOG_FIELDS(log_text("message", text.data)));
    else
        put_message(program, text.data);
    buf_release(&text);
}

void cmd_warn(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(LOG_LEVEL_WARN, "warning", fmt, args);
    va_end(args);
}

void cmd_note(const char *fmt, ...)
{
    va_list args;

    if (cmd_shared.quiet)
        return;
    va_start(args, fmt);
    say(LOG_LEVEL_INFO, "note", fmt, args);
    va_end(args);
}

enum output cmd_output(void)
{
    if (cmd_shared.output != OUTPUT_AUTO)
        return cmd_shared.output;
    return isatty(STDOUT_FILENO) ? OUTPUT_TABLE : OUTPUT_TSV;
}
