/*
 * The promises of llm/route.h: every filter, every policy, and that privacy
 * is never relaxed.
 */
#include "config.h"

#include "llm/route.h"

#include "core/clock.h"
#include "core/json.h"
#include "route-case.h"
#include "tap.h"

#define NOW (INT64_C(1800000000) * USEC_PER_SEC)

static struct err err;
static struct llm_config *models;
static struct llm_state endpoints[16], targets[64], type;
static struct llm_snapshot snapshot;
static struct llm_need need;
static struct llm_decision decision;

static void calm(void)
{
    for (size_t i = 0; i < LENGTH(endpoints); i++)
        llm_state_release(&endpoints[i]);
    for (size_t i = 0; i < LENGTH(targets); i++)
        llm_state_release(&targets[i]);
    llm_state_release(&type);
    snapshot = (struct llm_snapshot){.now = NOW,
                                     .endpoints = endpoints,
                                     .targets = targets,
                                     .type = &type,
                                     .left = INT64_MAX,
                                     .day_end = NOW + 3600 * USEC_PER_SEC};
    need = (struct llm_need){.task_type = "code",
                             .instruction = "say hello",
                             .instruction_len = 9,
                             .privacy = -1,
                             .policy = -1,
                             .tier = -1,
                             .prompt_tokens = 1000,
                             .max_output = 100};
}

static void setup(const char *text)
{
    llm_config_close(models);
    models = llm_case(text, &err);
    if (!models)
        ok(false, "configuration: %s", err.msg);
    calm();
}

/* Decide; the name of the target, or why there is none. */
static const char *route(void)
{
    llm_decision_release(&decision);
    err_clear(&err);
    if (llm_route(models, &need, &snapshot, &decision, &err) < 0)
        return "error";
    if (decision.kind == LLM_GO)
        return models->targets[decision.target].name;
    return decision.kind == LLM_LATER ? decision.reason : "never";
}

static const char *drop(size_t i)
{
    return i < decision.count ? llm_drop_name(decision.weighed[i].drop)
                              : "none";
}

/* --- filters -------------------------------------------------------------- */

#define TWO                                                               \
    "[endpoint cloud]\nbase = https://c\nprivacy = public\nkey = env:K\n" \
    "[endpoint home]\nbase = http://127.0.0.1:1/v1\nprivacy = local\n"

static void set_open(void)
{
    endpoints[0].open_until = NOW + 5 * USEC_PER_SEC;
    snprintf(endpoints[0].why, sizeof(endpoints[0].why), "server");
}

static void set_model_open(void)
{
    targets[0].open_until = NOW + 5 * USEC_PER_SEC;
}

static void set_probing(void)
{
    endpoints[0].open_until = NOW - 1;
    endpoints[0].probe_until = NOW + USEC_PER_SEC;
}

static void set_cool(void)
{
    endpoints[0].cooldown_until = NOW + 5 * USEC_PER_SEC;
}

static void set_busy(void)
{
    const struct llm_rates none = {0};

    llm_state_take(&endpoints[0], &none, "w", 0, 60 * USEC_PER_SEC, NOW);
    llm_state_take(&endpoints[0], &none, "w", 0, 60 * USEC_PER_SEC, NOW);
    endpoints[0].bucket_at = 0; /* there is room by the rate */
}

static void set_rate(void)
{
    const struct llm_rates rates = {1, 0, 0};

    llm_state_take(&endpoints[0], &rates, "w", 0, 60 * USEC_PER_SEC, NOW);
}

static void set_local(void)
{
    need.privacy = LLM_LOCAL;
}

static void set_eu(void)
{
    need.privacy = LLM_EU;
}

static void set_tools(void)
{
    need.tools = true;
}

static void set_json(void)
{
    need.json = true;
}

static void set_vision(void)
{
    need.vision = true;
}

static void set_hard(void)
{
    need.tier = LLM_COMPLEX;
}

static void set_long(void)
{
    need.prompt_tokens = 7300;
}

static void set_poor(void)
{
    snapshot.left = 1000;
    snapshot.left_scope = "day";
    snapshot.left_at = NOW + 60 * USEC_PER_SEC;
}

static void set_home(void)
{
    need.endpoint = "home";
}

static const char *const tried[] = {"cloud"};

static void set_tried(void)
{
    need.tried = tried;
    need.ntried = 1;
}

static void set_nothing(void)
{
}

/* Each filter alone, on the first of two candidates. */
static const struct {
    const char *attributes; /* of the first */
    void (*set)(void);
    const char *drop;
    const char *name;
} filters[] = {
    {"in=1 out=1", set_nothing, "kept", "a candidate that can serve is kept"},
    {"in=1 out=1", set_local, "privacy", "a local task stays at home"},
    {"in=1 out=1", set_eu, "privacy", "a task of the EU stays there"},
    {"in=1 out=1", set_home, "endpoint", "a task may name an endpoint"},
    {"in=1 out=1", set_tried, "tried", "nobody is called twice an attempt"},
    {"in=1 out=1 tools=no", set_tools, "tools", "tools are a capability"},
    {"in=1 out=1 json=no", set_json, "json", "so is JSON"},
    {"in=1 out=1 vision=no", set_vision, "vision", "so is vision"},
    {"in=1 out=1 quality=64", set_hard, "quality", "so is quality"},
    {"in=1 out=1 quality=65", set_hard, "kept", "just good enough is enough"},
    {"in=1 out=1 context=8192", set_long, "kept",
     "7300 tokens, a tenth more and 100 of output fit into 8192"},
    {"in=1 out=1 context=8129", set_long, "context", "but not into 8129"},
    {"", set_poor, "price", "under a budget a price must be known"},
    {"", set_nothing, "kept", "without one it need not be"},
    {"in=1 out=1", set_poor, "budget", "what is left must be enough"},
    {"free=yes", set_poor, "kept", "what is free always is"},
    {"in=1 out=1", set_rate, "rate", "a bucket may be empty"},
    {"in=1 out=1", set_cool, "cooldown", "a server may say when"},
    {"in=1 out=1", set_open, "circuit", "a circuit may be open"},
    {"in=1 out=1", set_model_open, "circuit", "or that of the model"},
    {"in=1 out=1", set_probing, "probe", "one probe at a time"},
    {"in=1 out=1", set_busy, "parallel", "or all places be taken"},
};

static void test_filters(void)
{
    for (size_t i = 0; i < LENGTH(filters); i++) {
        char *text =
            xasprintf("[endpoint cloud]\nbase = https://c\nkey = env:K\n"
                      "rpm = 1\nparallel = 2\n"
                      "[endpoint home]\nbase = http://127.0.0.1:1/v1\n"
                      "privacy = local\n"
                      "[model a]\nuse = cloud/m order=1 %s\n"
                      "use = home/m order=2 vision=yes quality=100\n",
                      filters[i].attributes);
        setup(text);
        free(text);
        filters[i].set();
        route();
        is(drop(0), filters[i].drop, filters[i].name);
        ok(decision.kind == LLM_GO &&
               (decision.target == 0) == !strcmp(filters[i].drop, "kept"),
           "... and the next one serves when it cannot");
    }
}

static void test_a_key_is_needed(void)
{
    setup("[endpoint cloud]\nbase = https://c\nkey = env:MISSING\n"
          "[model a]\nuse = cloud/m free=yes\n");
    is(route(), "no_endpoint", "without its key an endpoint is none");
    is(drop(0), "key", "and the reason is told");
    ok(decision.until > NOW, "it is looked at again");
}

/* --- what is asked for ---------------------------------------------------- */

#define THREE                                                            \
    TWO "[model a]\nuse = cloud/m in=1 out=1\n[model b]\nuse = home/m\n" \
        "[route default]\nuse = b\n[route type:code]\nuse = a\n"         \
        "max_output = 77\n[route agent:qa]\nprivacy = local\npolicy = cost\n"

static void test_names(void)
{
    setup(THREE);
    is(route(), "cloud/m", "the type's route is narrower than the default");
    need.task_type = "qa";
    is(route(), "home/m", "which holds for all others");
    need.max_output = 0;
    need.task_type = "code";
    route();
    ok(decision.max_output == 77, "a route says how much");
    need.agent_type = "qa";
    is(route(), "never", "the strictest privacy of all levels counts");
    is(drop(0), "privacy", "though the type's route is public");
    ok(decision.policy == LLM_COST, "policies are the narrowest level's");
    calm();
    need.model = "b";
    is(route(), "home/m", "a task may name a model");
    need.model = "home/m";
    is(route(), "home/m", "or a model of an endpoint");
    need.model = "bb";
    is(route(), "error", "a misspelt one is an error");
    ok(err.code == ERR_DATA && !strcmp(err.hint, "did you mean 'b'?"),
       "and never the default");
    need.model = "home/other";
    is(route(), "error", "as is one that the endpoint does not offer");
    calm();
    need.endpoint = "hme";
    is(route(), "error", "so is a misspelt endpoint");
    is(err.hint, "did you mean 'home'?", "with the nearest name");
    setup("");
    need.model = "anything";
    is(route(), "no_endpoint", "without endpoints tasks wait");
}

/* --- fallbacks ------------------------------------------------------------ */

#define CHAIN                                                            \
    "[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n" \
    "[endpoint e3]\nbase = https://3\n[endpoint e4]\nbase = https://4\n" \
    "[model a]\nuse = e1/m free=yes context=4000\n"                      \
    "fallbacks = b\ncontext_fallbacks = c\npolicy_fallbacks = d\n"       \
    "[model b]\nuse = e2/m free=yes context=4000\n"                      \
    "[model c]\nuse = e3/m free=yes context=100000\n"                    \
    "[model d]\nuse = e4/m free=yes\n[route default]\nuse = a\n"

static void test_fallbacks(void)
{
    const char *const first[] = {"e1"};

    setup(CHAIN);
    is(route(), "e1/m", "the alias itself comes first");
    ok(!decision.fell_back, "and is no fallback");
    need.tried = first;
    need.ntried = 1;
    need.after = LLM_SERVER;
    is(route(), "e2/m", "after a failure: fallbacks");
    ok(decision.fell_back && decision.asked == 0, "never silently");
    need.after = LLM_CONTEXT;
    need.failed_context = 4000;
    is(route(), "e3/m", "when it did not fit: context_fallbacks");
    need.after = LLM_POLICY;
    is(route(), "e4/m", "when it was refused: policy_fallbacks");
    need.no_fallback = true;
    is(route(), "never", "none when there shall be none");
    calm();
    need.prompt_tokens = 10000;
    is(route(), "e3/m", "what cannot fit is not tried first");
    need.prompt_tokens = 200000;
    is(route(), "never", "what fits nowhere fails");
    ok(decision.count == 3, "after all that may serve were looked at");
}

static void test_nothing_left(void)
{
    setup(CHAIN);
    set_open();
    endpoints[1].cooldown_until = NOW + 2 * USEC_PER_SEC;
    is(route(), "rate_limited", "the first to be free says why");
    ok(decision.until == NOW + 2 * USEC_PER_SEC, "and when");
    endpoints[1].cooldown_until = 0;
    endpoints[1].open_until = NOW + 9 * USEC_PER_SEC;
    is(route(), "no_endpoint", "open circuits are no endpoints");
    ok(decision.until == NOW + 5 * USEC_PER_SEC, "for a while");
    snprintf(endpoints[0].why, sizeof(endpoints[0].why), "warming");
    is(route(), "warming", "a server that loads its model is warming");
    setup(THREE);
    set_poor();
    need.model = "a";
    is(route(), "budget", "a budget makes a task wait, not fail");
    ok(decision.until == NOW + 60 * USEC_PER_SEC, "until there is more");
    snapshot.left_at = 0;
    is(route(), "budget", "even when nobody knows when");
    ok(decision.until == 0, "which is then not said");
}

/* --- order, score, choice -------------------------------------------------- */

/* cheap is cheap, good is good, quick is quick. */
#define POLICIES                                                         \
    "[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n" \
    "[endpoint e3]\nbase = https://3\n"                                  \
    "[model a]\nuse = e1/cheap in=0.1 out=0.4 quality=40\n"              \
    "use = e2/good in=3 out=15 quality=95\n"                             \
    "use = e3/quick in=1 out=5 quality=50\n"

static void test_policies(void)
{
    static const struct {
        enum llm_policy policy;
        const char *want;
    } rows[] = {{LLM_COST, "e1/cheap"},
                {LLM_QUALITY, "e2/good"},
                {LLM_LATENCY, "e3/quick"},
                {LLM_BALANCED, "e3/quick"}};
    static const double firsts[] = {3e6, 4e6, 2e5};
    static const double speeds[] = {40, 30, 200};

    setup(POLICIES);
    for (size_t i = 0; i < 3; i++) {
        targets[i].first_token = firsts[i];
        targets[i].speed = speeds[i];
        targets[i].seen_at = NOW;
    }
    for (size_t i = 0; i < LENGTH(rows); i++) {
        need.policy = (int)rows[i].policy;
        is(route(), rows[i].want, llm_policy_name(rows[i].policy));
    }
    /* .75*0 + .10*(latency) + .05*(quality 40 is the worst) */
    need.policy = LLM_COST;
    route();
    ok(decision.weighed[0].terms[0] == 0 && decision.weighed[0].terms[2] == 1 &&
           decision.weighed[1].terms[0] == 1,
       "terms are 0 for the best and 1 for the worst");
    targets[0].failing = 1;
    route();
    ok(decision.weighed[0].score > .1, "failures count");
}

static void test_order(void)
{
    setup("[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n"
          "[model a]\nuse = e1/m order=2 in=1 out=1\n"
          "use = e2/m order=1 in=9 out=9\n");
    need.policy = LLM_COST;
    is(route(), "e2/m", "the lowest order serves, whatever it costs");
    endpoints[1].cooldown_until = NOW + 1;
    is(route(), "e1/m", "the next one when it cannot");
}

static void test_two_choices(void)
{
    const struct llm_rates none = {0};
    int first = 0;

    setup("[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n"
          "[endpoint e3]\nbase = https://3\n"
          "[model a]\nuse = e1/m free=yes weight=3\nuse = e2/m free=yes\n"
          "use = e3/m free=yes\n");
    for (int i = 0; i < 100; i++) {
        snapshot.random[0] = i / 100.0;
        first += strcmp(route(), "e1/m") == 0;
    }
    ok(first == 60, "idle equals are drawn by weight: %d of 100", first);
    for (int i = 0; i < 4; i++)
        llm_state_take(&endpoints[0], &none, "w", 0, USEC_PER_SEC, NOW);
    snapshot.random[0] = 0;
    snapshot.random[1] = 0;
    is(route(), "e2/m", "of two the one with less to do is taken");
    llm_state_take(&endpoints[1], &none, "w", 0, USEC_PER_SEC, NOW);
    llm_state_take(&endpoints[1], &none, "w", 0, USEC_PER_SEC, NOW);
    is(route(), "e1/m", "less a weight: 4/3 is less than 2");
}

static void test_affinity(void)
{
    setup("[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n"
          "[model a]\nuse = e1/m in=1 out=1\nuse = e2/m in=9 out=9\n");
    need.policy = LLM_COST;
    need.affinity = "e2/m";
    is(route(), "e2/m", "a session stays where it was");
    ok(decision.sticky, "and says so");
    endpoints[1].open_until = NOW + 1;
    is(route(), "e1/m", "unless that cannot serve");
    ok(!decision.sticky, "and says so, too");
}

static void test_complexity_relaxes(void)
{
    static const char hard[] =
        "Prove step by step that the algorithm is correct, analyse the "
        "concurrency of the distributed database, and implement the function";

    setup("[endpoint e1]\nbase = https://1\n"
          "[model a]\nuse = e1/m free=yes quality=30\n");
    need.instruction = hard;
    need.instruction_len = sizeof(hard) - 1;
    is(route(), "e1/m", "a judgement by words leaves no task without a model");
    ok(decision.relaxed && decision.tier == LLM_REASONING, "but is told");
    need.tier = LLM_REASONING;
    is(route(), "never", "what a task itself demands is demanded");
}

static void test_it_can_be_read(void)
{
    struct buf text = {0};
    struct json_slice value;

    setup(THREE);
    set_local();
    route();
    llm_decision_json(models, &decision, &text);
    ok(json_check(text.data, text.len, &value, &err) == 0,
       "a decision is JSON: %s", text.data);
    ok(strstr(text.data, "\"drop\":\"privacy\"") != NULL, "with its reasons");
    buf_reset(&text);
    llm_decision_text(models, &decision, NOW, &text);
    ok(strstr(text.data, "nothing can serve it: privacy: 1") != NULL,
       "or a sentence");
    ok(!strstr(text.data, "secret"), "without secrets");
    buf_release(&text);
}

/* --- privacy, whatever the configuration ----------------------------------- */

static uint64_t seed = 42;

static unsigned draw(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static void random_chain(struct buf *text, const char *key, unsigned self,
                         unsigned aliases)
{
    struct buf list = {0};

    buf_str(&list, "");
    for (unsigned i = 0; i < aliases; i++)
        if (i != self && draw(3) == 0)
            buf_fmt(&list, "%sa%u", list.len ? ", " : "", i);
    if (list.len)
        buf_fmt(text, "%s = %s\n", key, list.data);
    buf_release(&list);
}

static void random_config(void)
{
    static const char *const privacy[] = {"public", "eu", "local"};
    unsigned nendpoints = 1 + draw(5);
    unsigned naliases = 1 + draw(5);
    struct buf text = {0};

    for (unsigned i = 0; i < nendpoints; i++)
        buf_fmt(&text, "[endpoint e%u]\nbase = https://%u\nprivacy = %s\n", i,
                i, privacy[draw(3)]);
    for (unsigned i = 0; i < naliases; i++) {
        buf_fmt(&text, "[model a%u]\n", i);
        for (unsigned k = 0; k <= draw(4); k++)
            buf_fmt(&text, "use = e%u/m%u order=%u weight=%u\n",
                    draw(nendpoints), draw(3), draw(3), 1 + draw(5));
        random_chain(&text, "fallbacks", i, naliases);
        random_chain(&text, "context_fallbacks", i, naliases);
        random_chain(&text, "policy_fallbacks", i, naliases);
    }
    buf_fmt(&text, "[route default]\nuse = a%u\nprivacy = %s\n", draw(naliases),
            privacy[draw(3)]);
    setup(text.data);
    buf_release(&text);
}

static void random_state(void)
{
    for (size_t i = 0; i < models->nendpoints; i++) {
        if (draw(4) == 0)
            endpoints[i].cooldown_until = NOW + 1;
        if (draw(4) == 0)
            endpoints[i].open_until = NOW + 1;
    }
    for (size_t i = 0; i < models->ntargets; i++)
        if (draw(4) == 0)
            targets[i].open_until = NOW + 1;
    snapshot.random[0] = draw(1000) / 1000.0;
    snapshot.random[1] = draw(1000) / 1000.0;
}

static void random_need(void)
{
    static const enum llm_class after[] = {LLM_OK, LLM_SERVER, LLM_CONTEXT,
                                           LLM_POLICY};

    need.privacy = (int)draw(4) - 1;
    need.after = after[draw(4)];
    need.policy = (int)draw(4);
    need.affinity = models->targets[draw((unsigned)models->ntargets)].name;
    need.tools = draw(2);
    if (draw(4) == 0)
        need.model = models->targets[draw((unsigned)models->ntargets)].name;
    if (draw(6) == 0)
        need.endpoint =
            models->endpoints[draw((unsigned)models->nendpoints)].name;
}

static void test_privacy_holds(void)
{
    enum { CONFIGS = 400, NEEDS = 50 };
    int went = 0, strict = 0, leaks = 0;

    for (int i = 0; i < CONFIGS; i++) {
        random_config();
        for (int k = 0; k < NEEDS; k++) {
            int wanted;

            calm();
            random_state();
            random_need();
            wanted = need.privacy > models->routes[0].privacy
                         ? need.privacy
                         : models->routes[0].privacy;
            route();
            if (decision.kind != LLM_GO)
                continue;
            went++;
            strict += wanted > LLM_PUBLIC;
            leaks += (int)models
                         ->endpoints[models->targets[decision.target].endpoint]
                         .privacy < wanted;
        }
    }
    ok(went > 1000 && strict > 500, "%d calls, %d of them private", went,
       strict);
    ok(leaks == 0, "not one went where it must not");
}

int main(void)
{
    setenv("AAOS_CONFIG", "/dev/null", 1);
    test_filters();
    test_a_key_is_needed();
    test_names();
    test_fallbacks();
    test_nothing_left();
    test_policies();
    test_order();
    test_two_choices();
    test_affinity();
    test_complexity_relaxes();
    test_it_can_be_read();
    test_privacy_holds();
    calm();
    llm_decision_release(&decision);
    llm_config_close(models);
    conf_close(llm_conf);
    return tap_done();
}
