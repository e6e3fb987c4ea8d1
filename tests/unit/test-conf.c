/*
 * The promises of conf.h.
 */
#include "config.h"

#include "core/conf.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tap.h"

static char dir[] = "/tmp/test-conf.XXXXXX";

/* Nothing of the caller's environment reaches a test. */
static void clean_env(void)
{
    static const char *const names[] = {
        "AAOS_DATABASE_URL", "DATABASE_URL",   "AAOS_REDIS_URL", "REDIS_HOST",
        "REDIS_PORT",        "AAOS_STATE_DIR", "XDG_STATE_HOME"};

    for (size_t i = 0; i < LENGTH(names); i++)
        unsetenv(names[i]);
    setenv("AAOS_CONFIG", "/dev/null", 1);
    setenv("HOME", dir, 1);
    setenv("XDG_CONFIG_HOME", dir, 1);
}

static char *write_file(const char *text)
{
    char *path = xasprintf("%s/test.conf", dir);
    FILE *file = fopen(path, "w");

    if (file) {
        fputs(text, file);
        fclose(file);
    }
    return path;
}

/* Opens with text as the file. */
static struct conf *open_text(const char *text, struct err *err)
{
    char *path = write_file(text);
    struct conf *conf = conf_open(path, err);

    free(path);
    return conf;
}

static void refuses(const char *text, const char *message, const char *hint,
                    const char *name)
{
    struct err err = {0};
    struct conf *conf = open_text(text, &err);
    char *want = xasprintf("%s/test.conf:%s", dir, message);

    ok(!conf && err.code == ERR_CONFIG, "%s", name);
    is(err.msg, want, "... and says where");
    if (hint)
        is(err.hint, hint, "... and what to do");
    conf_close(conf);
    free(want);
}

static void test_defaults(void)
{
    struct err err = {0};
    struct conf *conf = conf_open(NULL, &err);

    ok(conf != NULL, "without a file and an environment defaults hold");
    if (!conf)
        return;
    ok(conf_num(conf, "worker.lease") == 30000000, "a lease is 30 seconds");
    ok(conf_num(conf, "worker.artifact_limit") == 1 << 30, "1g is 2^30");
    ok(conf_num(conf, "task.idempotency_ttl") == INT64_C(2592000000000),
       "30d are 30 days");
    is(conf_text(conf, "database.url"), NULL, "no database is named");
    is(conf_text(conf, "redis.url"), NULL, "there is no Redis");
    is(conf_origin(conf, "log.level"), "default", "they say they are defaults");
    ok(conf_list_has(conf, "worker.permanent", "66"), "66 is in the list");
    ok(!conf_list_has(conf, "worker.permanent", "6"), "6 is not");
    ok(!conf_list_has(conf, "task.types", ""), "an empty list holds nothing");
    conf_close(conf);
}

static void test_the_file(void)
{
    struct err err = {0};
    struct conf *conf = open_text("\xef\xbb\xbf# words\n[worker]\n"
                                  "  lease = 1m\r\n"
                                  "\tpermanent = 2, 3\n\n"
                                  "[log]\nformat=json",
                                  &err);

    is(err.msg, "", "a file is read");
    if (!conf)
        return;
    ok(conf_num(conf, "worker.lease") == 60000000, "an indented key counts");
    ok(conf_list_has(conf, "worker.permanent", "3"), "a list may have blanks");
    is(conf_text(conf, "log.format"), "json", "the last line needs no end");
    ok(strstr(conf_origin(conf, "worker.lease"), "/test.conf:3") != NULL,
       "the origin is file and line");
    conf_close(conf);
}

static void test_bad_files(void)
{
    char line[512];

    refuses("[worker]\nleese = 3s\n", "2: unknown setting 'worker.leese'",
            "did you mean 'worker.lease'?", "a misspelt key is refused");
    refuses("\n[wroker]\nlease = 3s\n", "3: unknown section 'wroker'",
            "did you mean 'worker'?", "a misspelt section is refused");
    refuses("[worker]\nlease = 0\n",
            "2: worker.lease: must be from 1s to 1h00m (got '0')", NULL,
            "a lease of nothing is refused");
    refuses("[worker]\npermanent = 1,256\n",
            "2: worker.permanent: must be an integer from 1 to 255"
            " (got '256')",
            NULL, "a list of numbers has bounds");
    refuses("[log]\nlevel = loud\n",
            "2: log.level: must be one of error|warn|info|debug (got 'loud')",
            NULL, "a word out of the choice is refused");
    refuses("[submit]\nbatch = 1\nbatch = 2\n",
            "3: submit.batch: set a second time", NULL,
            "a second value is refused");
    refuses("[submit]\nbatch = 1\nrubbish\n",
            "3: neither a section, a key nor a comment", NULL,
            "a line that is nothing is refused");
    refuses("batch = 1\n", "1: a key before the first section", NULL,
            "a key needs a section");
    memset(line, 'x', sizeof(line));
    memcpy(line, "[log]\n#", 7);
    line[sizeof(line) - 1] = '\0';
    refuses(line, "2: the line is too long", NULL, "a long line is refused");
    refuses("[database]\nurl = a\x1b[m\n",
            "2: database.url: must not hold control characters", NULL,
            "control characters are refused");
}

static void test_hidden_values_are_checked(void)
{
    setenv("AAOS_DATABASE_URL", "here.db", 1);
    refuses("[database]\nurl = \n", "2: database.url: must not be empty", NULL,
            "a bad value is refused though the environment hides it");
    clean_env();
}

static void test_precedence(void)
{
    struct err err = {0};
    struct conf *conf;

    setenv("DATABASE_URL", "from-fallback", 1);
    setenv("AAOS_REDIS_URL", "redis://env", 1);
    conf =
        open_text("[database]\nurl = from-file\n[redis]\nurl = none\n", &err);
    is(conf_text(conf, "database.url"), "from-fallback",
       "the environment beats the file");
    is(conf_origin(conf, "database.url"), "environment DATABASE_URL",
       "the origin is the variable");
    conf_set(conf, "redis.url", "none", &err);
    is(conf_text(conf, "redis.url"), NULL, "an option beats the environment");
    ok(conf_set(conf, "worker.lease", "x", &err) < 0 && err.code == ERR_USAGE,
       "a bad option is bad usage");
    ok(conf_num(conf, "worker.lease") == 30000000, "... and changes nothing");
    conf_close(conf);
    setenv("AAOS_DATABASE_URL", "from-aaos", 1);
    conf = conf_open(NULL, &err);
    is(conf_text(conf, "database.url"), "from-aaos",
       "AAOS_DATABASE_URL beats DATABASE_URL");
    conf_close(conf);
    clean_env();
}

static void test_redis_host(void)
{
    struct err err = {0};
    struct conf *conf;

    setenv("REDIS_PORT", "tcp://10.0.0.1:6379", 1);
    conf = conf_open(NULL, &err);
    is(conf ? conf_text(conf, "redis.url") : "failed", NULL,
       "REDIS_PORT alone means nothing");
    conf_close(conf);
    setenv("REDIS_HOST", "cache", 1);
    conf = conf_open(NULL, &err);
    ok(!conf && err.code == ERR_CONFIG && !strncmp(err.msg, "REDIS_PORT: ", 12),
       "a bad REDIS_PORT is named");
    conf_close(conf);
    setenv("REDIS_PORT", "7000", 1);
    conf = conf_open(NULL, &err);
    is(conf_text(conf, "redis.url"), "redis://cache:7000",
       "host and port make a URL");
    is(conf_origin(conf, "redis.url"), "environment REDIS_HOST",
       "... whose origin is told");
    conf_close(conf);
    unsetenv("REDIS_PORT");
    setenv("REDIS_HOST", "::1", 1);
    conf = conf_open(NULL, &err);
    is(conf_text(conf, "redis.url"), "redis://[::1]:6379",
       "an address with colons gets brackets, the port its default");
    conf_close(conf);
    setenv("REDIS_HOST", "user:pw@host", 1);
    ok(!conf_open(NULL, &err) && !strncmp(err.msg, "REDIS_HOST: ", 12),
       "what is no host is refused");
    clean_env();
}

static void test_which_file(void)
{
    struct err err = {0};
    char *path = xasprintf("%s/aaos", dir);
    char *file = xasprintf("%s/aaos.conf", path);
    struct conf *conf;
    FILE *out;

    mkdir(path, 0700);
    out = fopen(file, "w");
    fputs("[submit]\nbatch = 7\n", out);
    fclose(out);
    unsetenv("AAOS_CONFIG");
    conf = conf_open(NULL, &err);
    ok(conf && conf_num(conf, "submit.batch") == 7, "the user's file is found");
    conf_close(conf);
    setenv("AAOS_CONFIG", "/nonexistent/file", 1);
    ok(!conf_open(NULL, &err) && err.code == ERR_CONFIG &&
           !strncmp(err.msg, "AAOS_CONFIG: ", 13),
       "a file named by AAOS_CONFIG must exist");
    conf = conf_open("/dev/null", &err);
    ok(conf && conf_num(conf, "submit.batch") == 1000,
       "--config beats AAOS_CONFIG");
    conf_close(conf);
    unlink(file);
    rmdir(path);
    free(file);
    free(path);
    clean_env();
}

static void test_state_dir(void)
{
    struct err err = {0};
    struct conf *conf = conf_open(NULL, &err);
    char *want = xasprintf("%s/.local/state/aaos", dir);
    struct stat st;

    is(conf_state_dir(conf, false, &err), want, "state lies below HOME");
    ok(stat(want, &st) < 0, "it is not made unasked");
    ok(conf_state_dir(conf, true, &err) && stat(want, &st) == 0 &&
           (st.st_mode & 0777) == 0700,
       "it is made for its owner alone");
    conf_close(conf);
    free(want);
    setenv("XDG_STATE_HOME", "/xdg", 1);
    conf = conf_open(NULL, &err);
    is(conf_state_dir(conf, false, &err), "/xdg/aaos", "XDG_STATE_HOME counts");
    conf_close(conf);
    setenv("AAOS_STATE_DIR", "/aaos", 1);
    conf = conf_open(NULL, &err);
    is(conf_state_dir(conf, false, &err), "/aaos", "AAOS_STATE_DIR beats it");
    conf_close(conf);
    clean_env();
    unsetenv("HOME");
    conf = conf_open(NULL, &err);
    ok(!conf_state_dir(conf, false, &err) && err.code == ERR_CONFIG,
       "without HOME there is none");
    conf_close(conf);
    clean_env();
}

static void test_show_masks_secrets(void)
{
    struct err err = {0};
    struct conf *conf =
        open_text("[database]\nurl = postgresql://me:s3cret@db/aaos\n"
                  "[redis]\nurl = redis://:s3@cret@cache\n",
                  &err);
    char text[8192] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");

    conf_show(conf, out);
    fclose(out);
    ok(strstr(text, "database.url = postgresql://me:****@db/aaos  # /") != NULL,
       "the password of the database is masked");
    ok(strstr(text, "redis.url = redis://:****@cache  # /") != NULL,
       "that of Redis is, too, with an '@' in it");
    ok(strstr(text, "\nworker.lease = 30s  # default\n") != NULL,
       "the others are shown with their origin");
    ok(!strstr(text, "s3") && !strstr(text, "cret@"),
       "no piece of a secret is shown");
    conf_close(conf);
}

static void test_secrets_in_urls(void)
{
    char *masked = conf_url_mask("postgres://u:a@h/d?sslpassword=b");

    is(masked, "postgres://u:****@h/d?sslpassword=****", "both are masked");
    free(masked);
    ok(!conf_url_secret("postgres://user@host:5432/db"), "a port is no secret");
    ok(!conf_url_secret("postgres://user:@host/db"), "nothing is no secret");
    ok(!conf_url_secret("sqlite:/a@b:c.db"), "a path is no secret");
    ok(conf_url_secret("host=h Password = x"), "a keyword holds one");
}

static void test_sizes(void)
{
    struct err err = {0};
    int64_t num = -1;

    ok(conf_parse_size("64k", &num, &err) == 0 && num == 65536, "64k");
    ok(conf_parse_size("8589934591G", &num, &err) == 0, "just fits");
    ok(conf_parse_size("8589934592g", &num, &err) < 0, "just does not");
    ok(conf_parse_size("-1", &num, &err) < 0 && err.code == ERR_USAGE,
       "no size is negative");
    ok(conf_parse_size("", &num, &err) < 0, "nothing is no size");
    ok(conf_parse_size("1kk", &num, &err) < 0, "one suffix is enough");
    ok(conf_parse_int("9223372036854775808", 0, 0, &num, &err) < 0,
       "what does not fit into 64 bits is refused");
    ok(conf_parse_int(" 1", 0, 0, &num, &err) < 0, "white space is refused");
    ok(conf_parse_int("-5", 0, 0, &num, &err) == 0 && num == -5, "-5");
    ok(conf_parse_int("11", 0, 10, &num, &err) < 0, "bounds hold");
    is(err.msg, "must be an integer from 0 to 10 (got '11')",
       "... and are told");
}

static void test_nearest(void)
{
    static const char *const names[] = {"priority", "pause", "resume", "type"};

    is(conf_nearest("priorty", names, 4), "priority", "a letter left out");
    is(conf_nearest("pasue", names, 4), "pause", "two letters swapped");
    is(conf_nearest("xyz", names, 4), NULL, "nothing in common");
    is(conf_nearest("", names, 4), NULL, "no word, no proposal");
}

static void test_the_table_is_sound(void)
{
    size_t count;
    const struct conf_setting *table = conf_settings(&count);

    for (size_t i = 0; i < count; i++) {
        bool sound = table[i].help && strchr(table[i].name, '.');

        for (size_t j = 0; j < i; j++)
            sound &= strcmp(table[i].name, table[j].name) != 0;
        ok(sound, "%s has a name of its own and a help", table[i].name);
    }
}

static void clean_up(void)
{
    static const char *const names[] = {"test.conf", ".local/state/aaos",
                                        ".local/state", ".local", ""};
    bool gone = true;

    for (size_t i = 0; i < LENGTH(names); i++) {
        char *path = xasprintf("%s/%s", dir, names[i]);

        gone &= remove(path) == 0;
        free(path);
    }
    ok(gone, "nothing is left behind");
}

static void test_named_sections(void)
{
    struct err err = {0};
    struct conf *conf = open_text("[endpoint a]\nbase = http://x \\\n"
                                  "   \\\n/y ; words\n[endpoint b]\nbase = z\n"
                                  "[model m]\nuse = a/1\nuse = b/2\n",
                                  &err);
    const char *const *names;

    is(err.msg, "", "sections may have names");
    if (!conf)
        return;
    names = conf_names(conf, "endpoint");
    is(names[0], "a", "which come in the order of the file");
    ok(names[1] && !strcmp(names[1], "b") && !names[2], "each once");
    is(conf_named_text(conf, "a", "endpoint.base", 0), "http://x /y",
       "a value goes on behind a backslash");
    is(conf_named_text(conf, "a", "endpoint.wire", 0), "openai",
       "defaults hold in each");
    ok(conf_named_num(conf, "b", "endpoint.rpm", 7) == 0 &&
           conf_named_num(conf, "b", "endpoint.budget_day", -1) == -1,
       "or what the caller says");
    is(conf_named_text(conf, "m", "model.use", 1), "b/2",
       "what may be given again is kept in order");
    is(conf_named_text(conf, "m", "model.use", 2), NULL, "to its end");
    ok(strstr(conf_named_origin(conf, "b", "endpoint.base", 0), ":6") != NULL,
       "each knows where it comes from");
    conf_close(conf);
}

static void test_money(void)
{
    struct err err = {0};
    struct conf *conf = open_text("[budget]\nday = 0.000000000001\n", &err);

    ok(conf && conf_num(conf, "budget.day") == 1, "money is exact");
    is(conf ? conf_text(conf, "budget.task") : "", NULL,
       "and absent when it is not there");
    conf_close(conf);
    refuses("[budget]\nday = -1\n",
            "2: budget.day: must be US dollars such as 0.50, up to 9000000"
            " (got '-1')",
            NULL, "debts are refused");
}

/* aaos.conf(5) is compared with the example by another test. */
static void test_the_example_is_whole(void)
{
    const char *folder = getenv("AAOS_SRCDIR");
    char *path = xasprintf("%s/examples/aaos.conf", folder ? folder : ".");
    FILE *file = fopen(path, "r");
    static char text[256 * 1024];
    size_t count;
    const struct conf_setting *table = conf_named_settings(&count);

    if (!file || fread(text, 1, sizeof(text) - 1, file) == 0)
        ok(false, "cannot read %s", path);
    for (size_t i = 0; i < count; i++) {
        char *line = xasprintf("\n#%s =", strchr(table[i].name, '.') + 1);

        ok(strstr(text, line) != NULL, "the example has %s", table[i].name);
        free(line);
    }
    if (file)
        fclose(file);
    free(path);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    clean_env();
    test_defaults();
    test_the_file();
    test_bad_files();
    test_hidden_values_are_checked();
    test_precedence();
    test_redis_host();
    test_which_file();
    test_state_dir();
    test_show_masks_secrets();
    test_secrets_in_urls();
    test_sizes();
    test_nearest();
    test_the_table_is_sound();
    test_named_sections();
    test_money();
    test_the_example_is_whole();
    clean_up();
    return tap_done();
}
