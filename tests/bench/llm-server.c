/*
 * llm-server - answers each chat completion after a fixed time
 *
 *     llm-server PORTFILE MS
 *
 * An OpenAI-shaped server on a free port of the loopback, which it writes to
 * PORTFILE.  It reads whatever comes, and MS after the end of a request it
 * sends the same answer.  Requests that arrive in order are answered in
 * order, so one queue is all the timing that there is.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
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
static struct {
    int fd;
    int64_t due;
} waiting[CONNECTIONS];
static size_t first, last; /* of the queue; both only grow */
static int poller;
static int64_t delay;

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

static void complete(int fd)
{
    waiting[last % CONNECTIONS].fd = fd;
    waiting[last++ % CONNECTIONS].due = bench_now() + delay;
    peers[fd]->head = 0;
}

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

static void answer(int fd)
{
    static const char body[] =
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,"
        "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"An answer of some length, as a model may "
        "give it: two sentences, and a number, 42.\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":20,"
        "\"total_tokens\":50}}";
    char text[1024];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       sizeof(body) - 1, body);

    if (peers[fd] && write(fd, text, (size_t)len) != len)
        forget(fd);
}

int main(int argc, char **argv)
{
    struct rlimit limit = {CONNECTIONS, CONNECTIONS};
    struct epoll_event events[EVENTS];
    int listener;

    if (argc != 3)
        bench_die("usage: llm-server PORTFILE MS");
    setrlimit(RLIMIT_NOFILE, &limit);
    delay = bench_count(argv[2]) * 1000;
    poller = epoll_create1(EPOLL_CLOEXEC);
    listener = listen_somewhere(argv[1]);
    watch(listener);
    for (;;) {
        int64_t left =
            first < last ? waiting[first % CONNECTIONS].due - bench_now() : -1;
        int n = epoll_wait(poller, events, EVENTS,
                           first < last ? (int)(left > 0 ? left / 1000 + 1 : 0)
                                        : -1);

        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                welcome(listener);
            else if (peers[events[i].data.fd])
                hear(events[i].data.fd);
        }
        while (first < last && waiting[first % CONNECTIONS].due <= bench_now())
            answer(waiting[first++ % CONNECTIONS].fd);
    }
}
