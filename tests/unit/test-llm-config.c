/*
 * The promises of llm/config.h.
 */
#include "config.h"

#include "llm/settings.h"

#include "route-case.h"
#include "tap.h"

static struct err err;

#define GPU \
    "[endpoint gpu1]\nbase = http://127.0.0.1:8000/v1\nprivacy = local\n"
#define FAST "[model fast]\nuse = gpu1/m\n"

static void refuses(const char *text, const char *message, const char *hint,
                    const char *name)
{
    struct llm_config *config = llm_case(text, &err);

    ok(!config && err.code == ERR_CONFIG, "%s", name);
    ok(strstr(err.msg, message) != NULL, "... and says what: %s", err.msg);
    if (hint)
        is(err.hint, hint, "... and what was meant");
    llm_config_close(config);
}

static void test_what_is_refused(void)
{
    refuses("[endpoint a]\nwire = openai\n", "[endpoint a] has no base", NULL,
            "an endpoint needs an address");
    refuses("[endpoint a]\nbase = ftp://x\n", "http(s)://", NULL,
            "which is of the web");
    refuses("[endpoint a]\nbase = https://me:pw@x/v1\n", "password", NULL,
            "and holds no password");
    refuses("[endpoint a]\nbase = https://x\nkey = sk-12345\n",
            "must not be written here", NULL, "a key is never written out");
    ok(strstr(err.msg, "12345") == NULL && strstr(err.hint, "12345") == NULL,
       "nor repeated in the message");
    refuses("[llm]\nkey = sk-12345\n", "must not be written here", NULL,
            "nor in [llm]");
    refuses("[endpoint a]\nbase = https://x\nprivcy = local\n",
            "unknown setting 'privcy'", "did you mean 'privacy'?",
            "an unknown setting is refused");
    refuses("[endpint a]\nbase = https://x\n", "unknown section 'endpint a'",
            "did you mean 'endpoint'?", "an unknown section is refused");
    refuses("[endpoint]\nbase = https://x\n", "needs a name", NULL,
            "a section without a name is refused");
    refuses("[endpoint a/b]\nbase = https://x\n", "a name is UTF-8", NULL,
            "a name cannot be taken for a path");
    refuses(GPU "[model fast]\nuse = gpu2/m\n", "there is no [endpoint gpu2]",
            "did you mean 'gpu1'?", "a model of no endpoint is refused");
    refuses(GPU "[model fast]\nuse = m\n", "ENDPOINT/MODEL", NULL,
            "a model needs its endpoint");
    refuses(GPU "[model fast]\nuse = gpu1/m wieght=2\n",
            "unknown attribute 'wieght'", "did you mean 'weight'?",
            "an unknown attribute is refused");
    refuses(GPU "[model fast]\nuse = gpu1/m weight=0\n", "weight", NULL,
            "no weight is no candidate");
    refuses(GPU "[model fast]\nuse = gpu1/m in=cheap\n", "in:", NULL,
            "a price is a number");
    refuses(GPU FAST "[model b]\nuse = gpu1/m context=1\nuse = gpu1/m "
                     "context=2\n",
            "says otherwise", NULL, "a model is described once");
    refuses(GPU FAST "fallbacks = fasst\n", "there is no [model fasst]",
            "did you mean 'fast'?", "a fallback must be there");
    refuses(GPU FAST "fallbacks = fast\n", "cannot replace itself", NULL,
            "and be another one");
    refuses(GPU FAST "[route type:code]\nuse = fst\n",
            "there is no [model fst]", "did you mean 'fast'?",
            "a route leads to a model");
    refuses(GPU FAST "[route code]\nuse = fast\n", "default, type:NAME", NULL,
            "a route says for what");
    refuses("[llm]\nurl = http://127.0.0.1/v1\n" GPU, "llm.url", NULL,
            "one way to name endpoints at a time");
    refuses("[llm]\nprices = /nonexistent/prices\n" GPU, "llm.prices", NULL,
            "a prices file must be there");
    refuses("[budget]\nday = much\n", "US dollars", NULL, "a budget is money");
}

static void test_what_is_read(void)
{
    struct llm_config *config = llm_case(
        "[endpoint cloud]\nwire = anthropic\nbase = https://x\n"
        "key = env:CLOUD_KEY\nrpm = 50\ntpm = 40000\nparallel = 4\n"
        "budget_day = 8\ndrop_params = temperature, top_p\n" GPU
        "[model strong]\n"
        "use = cloud/m1 order=1 context=200000 quality=90 \\\n"
        "    in=3 out=15 cached=0.30 write=3.75\n"
        "use = gpu1/llama3:8b order=2 weight=3 tools=no vision=yes\n"
        "fallbacks = fast\ncontext_fallbacks = fast\n"
        "[model fast]\nuse = gpu1/llama3:8b\n"
        "[route default]\nuse = fast\nprivacy = eu\n"
        "[route agent:qa]\nuse = strong\npolicy = quality\nbudget_task = 0.5\n"
        "[budget]\nday = 10\ntask = 0\n",
        &err);
    const struct llm_target *target;

    ok(config != NULL, "a configuration is read: %s", err.msg);
    if (!config)
        return;
    ok(config->nendpoints == 2 && config->ntargets == 2 &&
           config->naliases == 2 && config->nroutes == 2,
       "each thing once");
    is(config->endpoints[0].key, "secret-canary", "the key is resolved");
    ok(config->endpoints[0].wire == LLM_ANTHROPIC &&
           config->endpoints[0].rpm == 50 && config->endpoints[0].tpm == 40000,
       "wire and limits");
    is(config->endpoints[0].drop_params[1], "top_p", "lists are taken apart");
    ok(config->endpoints[1].allow_private &&
           !config->endpoints[0].allow_private,
       "only what is local may be at home");
    target = &config->targets[0];
    ok(target->priced && target->price.in == 3000000 &&
           target->price.out == 15000000 &&
           target->price.cache_read == 300000 &&
           target->price.cache_5m == 3750000,
       "prices are pico-dollars a token");
    ok(target->price_sha256[0] != '\0', "which have a fingerprint");
    ok(target->context == 200000 && target->quality == 90,
       "a line goes on behind a backslash");
    target = &config->targets[1];
    is(target->name, "gpu1/llama3:8b", "a model's name may have a colon");
    ok(target->price.free && target->priced, "a model at home is free");
    ok(!target->tools && target->vision, "it says what it can do");
    ok(config->aliases[0].candidates[1].weight == 3 &&
           config->aliases[0].candidates[1].order == 2 &&
           config->aliases[1].candidates[0].weight == 1,
       "weight and order belong to the alias");
    ok(config->aliases[0].nfallbacks == 1 &&
           config->aliases[0].fallbacks[0] == 1 &&
           config->aliases[0].ncontext_fallbacks == 1,
       "fallbacks are found");
    ok(config->budget_day == 10 * LLM_PUSD && config->budget_task == 0 &&
           config->budget_workflow == -1,
       "no budget is none, nothing is nothing");
    ok(config->routes[1].budget_task == LLM_PUSD / 2, "half a dollar is exact");
    llm_config_close(config);
}

static void test_a_price_is_known_or_not(void)
{
    struct llm_config *config = llm_case(
        "[endpoint cloud]\nbase = https://x\n[model a]\nuse = cloud/m\n"
        "use = cloud/f free=yes\nuse = cloud/half in=1\n",
        &err);

    ok(config && !config->targets[0].priced, "no price is not no cost");
    ok(config && config->targets[1].priced, "free is a price");
    ok(config && !config->targets[2].priced, "half a price is none");
    llm_config_close(config);
}

static void test_a_key_that_is_not_there(void)
{
    struct llm_config *config = llm_case(
        "[endpoint cloud]\nbase = https://x\nkey = env:MISSING\n", &err);
    struct buf text = {0};

    ok(config && !config->endpoints[0].key &&
           config->endpoints[0].key_problem != NULL,
       "a missing key stops nobody");
    if (config)
        llm_config_show(config, &text);
    ok(text.data && strstr(text.data, "no key: MISSING is not set") != NULL,
       "but is shown");
    llm_config_close(config);
    config =
        llm_case("[endpoint cloud]\nbase = https://x\nkey = env:THERE\n", &err);
    buf_reset(&text);
    if (config)
        llm_config_show(config, &text);
    ok(text.data && strstr(text.data, "canary") == NULL,
       "a key itself never is");
    ok(config && config->endpoints[0].mark[0] &&
           !strstr(config->endpoints[0].mark, "canary"),
       "nor is it in the mark");
    llm_config_close(config);
    buf_release(&text);
}

static char *all_secrets(const char *reference, struct err *e)
{
    (void)e;
    return xasprintf("key of %s", reference);
}

static char *openai_only(const char *reference, struct err *e)
{
    if (strcmp(reference, "env:OPENAI_API_KEY") == 0)
        return xstrdup("key");
    err_set(e, ERR_CONFIG, "not set");
    return NULL;
}

static void test_easy_starts(void)
{
    struct llm_config *config = llm_case("", &err);

    ok(config && config->nendpoints == 0 && config->naliases == 0,
       "without anything there is nothing, and no failure");
    llm_config_close(config);

    config =
        llm_case("[llm]\nurl = http://localhost:8080/v1\nmodel = m\n", &err);
    ok(config && config->easy && config->nendpoints == 1 &&
           config->endpoints[0].privacy == LLM_LOCAL,
       "a server on this machine is local");
    ok(config && llm_config_alias(config, "default") == 0 &&
           config->targets[0].price.free,
       "its model is the default, and free");
    ok(config && llm_config_target(config, "default/other") == 1,
       "and tasks may name others");
    ok(config && llm_config_target(config, "nowhere/other") == -1,
       "of this endpoint");
    for (int i = 0; config && i < 1000; i++) {
        char name[32];

        snprintf(name, sizeof(name), "default/m%d", i);
        llm_config_target(config, name);
    }
    ok(config && config->ntargets <= 101, "but not without end");
    llm_config_close(config);

    config = llm_case(
        "[llm]\nurl = http://localhost.example.org/v1\nmodel = m\n", &err);
    ok(config && config->endpoints[0].privacy == LLM_PUBLIC &&
           !config->targets[0].priced,
       "one whose name only begins like that is not");
    llm_config_close(config);

    config = llm_case_with("[llm]\nmodel = gpt-x\n", openai_only, &err);
    ok(config && config->nendpoints == 1 &&
           strcmp(config->targets[0].name, "openai/gpt-x") == 0,
       "a key in the environment is an endpoint");
    llm_config_close(config);

    config = llm_case_with("[llm]\nmodel = m\n", all_secrets, &err);
    ok(!config && strstr(err.hint, "anthropic/m") != NULL,
       "with two keys the model says whose it is");
    llm_config_close(config);
    config = llm_case_with("[llm]\nmodel = anthropic/m\n", all_secrets, &err);
    ok(config && config->nendpoints == 2 &&
           strcmp(config->targets[0].name, "anthropic/m") == 0,
       "which is understood");
    llm_config_close(config);
}

int main(void)
{
    setenv("AAOS_CONFIG", "/dev/null", 1);
    test_what_is_refused();
    test_what_is_read();
    test_a_price_is_known_or_not();
    test_a_key_that_is_not_there();
    test_easy_starts();
    conf_close(llm_conf);
    return tap_done();
}
