/*
 * loadgen-report.c - runs and baselines as JSON, Markdown or one HTML page
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/loadgen-report.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "report/html.h"
#include "report/markdown.h"

enum form { FORM_JSON, FORM_MARKDOWN, FORM_HTML };

/* --- what form ------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static enum form form_of(void)
{
    const char *format = loadgen_given.format;
    const char *to = loadgen_given.to ? loadgen_given.to : "";

    if (!format &&
        (cmd_shared.output == OUTPUT_JSON || cmd_shared.output == OUTPUT_JSONL))
        return FORM_JSON;
    if (format ? strcmp(format, "json") == 0 : ends_with(to, ".json"))
        return FORM_JSON;
    if (format ? strcmp(format, "html") == 0
               : ends_with(to, ".html") || ends_with(to, ".htm"))
        return FORM_HTML;
    return FORM_MARKDOWN;
}

/* --- where it comes from -------------------------------------------------- */

/* The newest run: their ids grow with time. */
static char *newest_run(struct conf *conf, struct err *err)
{
    const char *state = conf_state_dir(conf, false, err);
    char *folder = state ? xasprintf("%s/loadgen", state) : NULL;
    DIR *dir = folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    char *newest = NULL;
    char *path = NULL;

    while (dir && (entry = readdir(dir))) {
        if (!ends_with(entry->d_name, ".jsonl") ||
            (newest && strcmp(entry->d_name, newest) <= 0))
            continue;
        free(newest);
        newest = xstrdup(entry->d_name);
    }
    if (dir)
        closedir(dir);
    if (newest) {
        path = xasprintf("%s/%s", folder, newest);
    } else if (!err->code) {
        err_set(err, ERR_NOINPUT, "no run is recorded in '%s'", folder);
        err_hint(err, "name a file of 'run' or a folder of 'baseline'");
    }
    free(newest);
    free(folder);
    return path;
}

static int add_one(const char *path, struct doc *doc, struct buf *json,
                   struct err *err)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return err_errno(err, ERR_NOINPUT, "cannot read '%s'", path);
    return S_ISDIR(st.st_mode) ? report_baseline(path, doc, json, err)
                               : report_run(path, doc, json, err);
}

static int add_all(struct conf *conf, char **paths, int count, struct doc *doc,
                   struct buf *json, struct err *err)
{
    char *newest = NULL;
    int ret = 0;

    if (count == 0) {
        newest = newest_run(conf, err);
        ret = newest ? add_one(newest, doc, json, err) : -1;
        free(newest);
    }
    for (int i = 0; ret == 0 && i < count; i++) {
        if (i)
            buf_byte(json, ',');
        ret = add_one(paths[i], doc, json, err);
    }
    return ret;
}

/* --- where it goes -------------------------------------------------------- */

static int put(const struct buf *out, struct err *err)
{
    if (loadgen_given.to)
        return file_replace(loadgen_given.to, out->data, out->len, 0600, err);
    if (fwrite(out->data, 1, out->len, stdout) != out->len)
        return err_errno(err, ERR_IO, "cannot write to stdout");
    return 0;
}

static void render(enum form form, const struct doc *doc,
                   const struct buf *json, struct buf *out)
{
    switch (form) {
    case FORM_JSON:
        buf_str(out, "{\"kind\":\"report\",\"parts\":[");
        buf_put(out, json->data, json->len);
        buf_str(out, "]}\n");
        break;
    case FORM_MARKDOWN:
        markdown_report(doc, out);
        break;
    case FORM_HTML:
        html_report(doc, out);
        break;
    }
}

int loadgen_report(struct conf *conf, char **paths, int count, struct err *err)
{
    struct doc doc = {0};
    struct buf json = {0};
    struct buf out = {0};
    char when[CLOCK_TEXT_SIZE];
    char *made = xasprintf("Made by aaos-loadgen %s at %s", PACKAGE_VERSION,
                           clock_format(clock_wall(), when));

    doc_title(&doc, loadgen_given.title ? loadgen_given.title : "Load report",
              made);
    if (add_all(conf, paths, count, &doc, &json, err) == 0) {
        render(form_of(), &doc, &json, &out);
        put(&out, err);
    }
    doc_release(&doc);
    buf_release(&json);
    buf_release(&out);
    free(made);
    return err->code ? -1 : 0;
}
