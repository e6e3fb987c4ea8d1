/*
 * llm-server - answers each chat completion after some time
 *
 *     llm-server PORTFILE MS [SPREAD [SHAPE]]
 *
 * A server on a free port of the loopback, which it writes to PORTFILE.  It
 * reads whatever comes, and MS after the end of a request it sends the same
 * answer; with SPREAD as much as SPREAD ms later, each call another time.
 * SHAPE is that of OpenAI (json, the default), or what it and Anthropic
 * stream (openai, anthropic).
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { CONNECTIONS = 20000, EVENTS = 256 };

struct peer {
    size_t body;   /* bytes of it that are still to come */
    size_t length; /* Content-Length of the request being read */
    size_t head;   /* bytes of the head so far */
    char text[4096];
};

static struct peer *peers[CONNECTIONS];
/* A heap: the first is due first. */
static struct wait {
    int fd;
    int64_t due;
} waiting[CONNECTIONS];
static size_t count;
static int poller;
static int64_t delay, spread;
static char reply[16384]; /* head and body */
static size_t reply_len;

static int listen_somewhere(const char *file)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FILE *out;

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 ||
        listen(fd, 4096) < 0 || getsockname(fd, (struct sockaddr *)&at, &len))
        bench_die("llm-server: cannot listen");
    out = fopen(file, "w");
    if (!out || fprintf(out, "%d\n", ntohs(at.sin_port)) < 0 || fclose(out))
        bench_die("llm-server: cannot write %s", file);
    return fd;
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
        bench_die("llm-server: epoll");
}

static void forget(int fd)
{
    free(peers[fd]);
    peers[fd] = NULL;
    close(fd);
}

static void welcome(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (fd >= CONNECTIONS)
        bench_die("llm-server: too many connections");
    peers[fd] = calloc(1, sizeof(struct peer));
    if (!peers[fd])
        bench_die("llm-server: out of memory");
    watch(fd);
}

/* --- who waits ------------------------------------------------------------ */

static void put_wait(struct wait wait)
{
    size_t at = count++;

    for (; at > 0 && waiting[(at - 1) / 2].due > wait.due; at = (at - 1) / 2)
        waiting[at] = waiting[(at - 1) / 2];
    waiting[at] = wait;
}

static int take_wait(void)
{
    int fd = waiting[0].fd;
    struct wait last = waiting[--count];
    size_t at = 0;
    size_t next;

    while ((next = 2 * at + 1) < count) {
        if (next + 1 < count && waiting[next + 1].due < waiting[next].due)
            next++;
        if (waiting[next].due >= last.due)
            break;
        waiting[at] = waiting[next];
        at = next;
    }
    waiting[at] = last;
    return fd;
}

/* At most one request of a connection is under way. */
static void complete(int fd)
{
    static uint64_t random = 1;

    random = random * UINT64_C(6364136223846793005) + 1;
    put_wait((struct wait){
        fd,
        bench_now() + delay +
            (spread > 0 ? (int64_t)((random >> 33) % (uint64_t)spread) : 0)});
    peers[fd]->head = 0;
}

/* --- requests ------------------------------------------------------------- */

/* The head has grown: is it whole, and how long will the body be? */
static void see_head(int fd)
{
    struct peer *peer = peers[fd];
    char *end = strstr(peer->text, "\r\n\r\n");
    char *length;
    size_t rest;

    if (!end)
        return;
    length = strcasestr(peer->text, "\r\ncontent-length:");
    peer->length = length ? strtoul(length + 17, NULL, 10) : 0;
    rest = peer->head - (size_t)(end + 4 - peer->text);
    peer->body = peer->length > rest ? peer->length - rest : 0;
    if (peer->body == 0)
        complete(fd);
}

static void hear(int fd)
{
    struct peer *peer = peers[fd];
    char body[16384];
    ssize_t got;

    if (peer->body > 0) {
        got = read(fd, body, sizeof(body));
        if (got > 0) {
            peer->body -= (size_t)got < peer->body ? (size_t)got : peer->body;
            if (peer->body == 0)
                complete(fd);
        }
    } else {
        got = read(fd, peer->text + peer->head,
                   sizeof(peer->text) - 1 - peer->head);
        if (got > 0) {
            peer->head += (size_t)got;
            peer->text[peer->head] = '\0';
            see_head(fd);
        }
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        forget(fd);
}

/* --- answers -------------------------------------------------------------- */

static void put(char *body, size_t size, const char *text, int times)
{
    size_t len = strlen(body);

    for (int i = 0; i < times && len + 512 < size; i++)
        len += (size_t)snprintf(body + len, size - len, "%s", text);
}

static void put_json(char *body, size_t size)
{
    put(body, size,
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,"
        "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"An answer of some length, as a model may "
        "give it: two sentences, and a number, 42.\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":20,"
        "\"total_tokens\":50}}",
        1);
}

static void put_openai(char *body, size_t size)
{
    put(body, size,
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"created\":1,\"model\":\"bench\",\"choices\":[{\"index\":0,"
        "\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n",
        20);
    put(body, size,
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"created\":1,\"model\":\"bench\",\"choices\":[{\"index\":0,"
        "\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{"
        "\"prompt_tokens\":30,\"completion_tokens\":20,\"total_tokens\":50}}"
        "\n\ndata: [DONE]\n\n",
        1);
}

static void put_anthropic(char *body, size_t size)
{
    put(body, size,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"
        "\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
        "\"model\":\"bench\",\"content\":[],\"stop_reason\":null,\"usage\":{"
        "\"input_tokens\":30,\"output_tokens\":1}}}\n\n"
        "event: content_block_start\ndata: {\"type\":\"content_block_start\","
        "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        1);
    put(body, size,
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
        "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}}"
        "\n\n",
        20);
    put(body, size,
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\","
        "\"index\":0}\n\nevent: message_delta\ndata: {\"type\":"
        "\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
        "\"usage\":{\"output_tokens\":20}}\n\n"
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        1);
}

static void make_reply(const char *shape)
{
    static char body[12288];
    bool streams = strcmp(shape, "json") != 0;

    if (!streams)
        put_json(body, sizeof(body));
    else if (strcmp(shape, "openai") == 0)
        put_openai(body, sizeof(body));
    else if (strcmp(shape, "anthropic") == 0)
        put_anthropic(body, sizeof(body));
    else
        bench_die("llm-server: no shape '%s'", shape);
    reply_len = (size_t)snprintf(
        reply, sizeof(reply),
        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        streams ? "text/event-stream" : "application/json", strlen(body), body);
}

static void answer(int fd)
{
    if (peers[fd] && write(fd, reply, reply_len) != (ssize_t)reply_len)
        forget(fd);
}

int main(int argc, char **argv)
{
    struct rlimit limit = {CONNECTIONS, CONNECTIONS};
    struct epoll_event events[EVENTS];
    int listener;

    if (argc < 3 || argc > 5)
        bench_die("usage: llm-server PORTFILE MS [SPREAD [SHAPE]]");
    setrlimit(RLIMIT_NOFILE, &limit);
    delay = bench_count(argv[2]) * 1000;
    spread = argc > 3 ? strtol(argv[3], NULL, 10) * 1000 : 0;
    make_reply(argc > 4 ? argv[4] : "json");
    poller = epoll_create1(EPOLL_CLOEXEC);
    listener = listen_somewhere(argv[1]);
    watch(listener);
    for (;;) {
        int64_t left = count > 0 ? waiting[0].due - bench_now() : -1;
        int n =
            epoll_wait(poller, events, EVENTS,
                       count > 0 ? (int)(left > 0 ? left / 1000 + 1 : 0) : -1);

        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                welcome(listener);
            else if (peers[events[i].data.fd])
                hear(events[i].data.fd);
        }
        while (count > 0 && waiting[0].due <= bench_now())
            answer(take_wait());
    }
}
