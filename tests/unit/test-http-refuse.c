/*
 * Where http.h promises not to go.
 */
#include "config.h"

#include "core/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "core/http-internal.h"
#include "http-case.h"

static bool refused(const char *url)
{
    struct result *result = ask_with((struct http_request){.url = url});

    return result->ends == 1 && result->failure == HTTP_REFUSED;
}

static void test_no_spelling_gets_round(void)
{
    static const char *const urls[] = {
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1]/",
        "http://[::]/",
        "http://0/",
        "http://localhost/",
        "https://169.254.169.254/latest",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::7f00:1]/",
    };
    size_t i;

    for (i = 0; i < LENGTH(urls); i++)
        ok(refused(urls[i]), "%s is refused", urls[i]);
    ok(refused(at("/note/never")), "%s is refused", at(""));
}

static void test_bad_urls(void)
{
    static const struct {
        const char *name, *url, *why;
    } bad[] = {
        {"ftp", "ftp://example.org/", "only https and http URLs are allowed"},
        {"file", "file:///etc/passwd", "only https and http URLs are allowed"},
        {"gopher", "gopher://x/", "only https and http URLs are allowed"},
        {"no scheme that anybody knows", "x-y://x/",
         "only https and http URLs are allowed"},
        {"a password", "http://me:secret@example.org/",
         "a user or password in a URL is not allowed"},
        {"a user", "http://me@example.org/",
         "a user or password in a URL is not allowed"},
        {"no scheme", "example.org", "the URL is malformed"},
        {"no host", "http://", "the URL is malformed"},
        {"a blank", "http://a b/", "the URL is malformed"},
        {"a line end", "http://a/\r\nHost: b", "the URL is malformed"},
        {"nothing", "", "the URL is malformed"},
    };
    char *huge = xmalloc(10001);
    const char *headers[] = {"X: a", "Y: b\r\nHost: c", NULL};
    size_t i;

    for (i = 0; i < LENGTH(bad); i++)
        is(ask_with((struct http_request){.url = bad[i].url})->error,
           bad[i].why, bad[i].name);
    memset(huge, 'a', 10000);
    memcpy(huge, "http://a/", 9);
    huge[10000] = '\0';
    is(ask_with((struct http_request){.url = huge})->error,
       "the URL is longer than 8192 bytes", "a very long URL");
    is(ask_with((struct http_request){.url = at("/"), .headers = headers})
           ->error,
       "header 2 is malformed", "a header cannot forge another");
    free(huge);
}

static void test_other_failures(void)
{
    struct result *result;
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char url[64];

    /* Bound, but nobody listens: no one else can take the port. */
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)bind(fd, (struct sockaddr *)&addr, sizeof(addr));
    getsockname(fd, (struct sockaddr *)&addr, &len);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(addr.sin_port));
    result = ask_with((struct http_request){.url = url, .allow_private = true});
    ok(result->failure == HTTP_CONNECT &&
           strstr(result->error, "connection refused"),
       "nobody listens");
    close(fd);
    result = ask_with((struct http_request){.url = "http://no-such.invalid/"});
    ok(result->failure == HTTP_RESOLVE, "there is no such host");
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", receiver.port);
    result = ask_with((struct http_request){.url = url, .allow_private = true});
    ok(result->failure == HTTP_TLS, "there is no TLS");
}

static void test_no_proxy(void)
{
    char *proxy = xasprintf("http://127.0.0.1:%d", receiver.rude_port);

    setenv("http_proxy", proxy, 1);
    setenv("all_proxy", proxy, 1);
    ok(ask("/", 0)->status == 204, "no proxy of the environment is used");
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    free(proxy);
}

static const char *const closed_texts[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "fc00::",
    "fdff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:c0a8:101::",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.1.1",
    "64:ff9b:1::1",
    "2001:0:1::1",
    "100::1",
    "4000::1",
    "",
    "nonsense",
    "fe80::1%lo",
};

static const char *const open_texts[] = {
    "1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
    "100.128.0.0",     "126.255.255.255", "128.0.0.0",       "169.253.255.255",
    "169.255.0.0",     "172.15.255.255",  "172.32.0.0",      "192.0.1.1",
    "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",
    "223.255.255.255", "2606:4700::1111", "2002:101:101::1", "64:ff9b::8.8.8.8",
    "2001:4860::8888",
};

static void test_addresses(void)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/x"};
    size_t i;

    for (i = 0; i < LENGTH(closed_texts); i++)
        ok(!http_address_text_public(closed_texts[i]), "'%s' is closed",
           closed_texts[i]);
    for (i = 0; i < LENGTH(open_texts); i++)
        ok(http_address_text_public(open_texts[i]), "'%s' is open",
           open_texts[i]);
    ok(!http_address_public((const struct sockaddr *)&local),
       "a socket of this machine is closed");
}

static void cases(void)
{
    test_no_spelling_gets_round();
    test_bad_urls();
    test_other_failures();
    test_no_proxy();
    test_addresses();
}

int main(void)
{
    http_case(cases);
    return tap_done();
}
