/*
 * limit-llm - how many calls libcurl carries, whatever asks for them
 *
 *     limit-llm URL FLIGHT N    N posts, FLIGHT at a time; calls a second
 *
 * The multi interface, one easy handle for each place in flight, used again
 * and again; nothing is recorded.
 */
#include "config.h"

#include <curl/curl.h>
#include <sys/resource.h>

#include "bench.h"

static const char body[] =
    "{\"model\":\"bench\",\"messages\":[{\"role\":\"user\",\"content\":"
    "\"Summarise document number 12345\"}],\"max_tokens\":100}";

static size_t swallow(char *data, /* NOLINT(readability-non-const-parameter) */
                      size_t size, size_t count, void *to)
{
    (void)data;
    (void)to;
    return size * count;
}

static CURL *make(const char *url, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        bench_die("limit-llm: out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    return easy;
}

/* What has ended is started again, as long as some are to be. */
static void turn(CURLM *multi, long *done, long *started, long count)
{
    CURLMsg *message;
    int queued;

    while ((message = curl_multi_info_read(multi, &queued))) {
        CURL *easy = message->easy_handle;

        if (message->msg != CURLMSG_DONE)
            continue;
        if (message->data.result != CURLE_OK)
            bench_die("limit-llm: %s",
                      curl_easy_strerror(message->data.result));
        ++*done;
        curl_multi_remove_handle(multi, easy);
        if (*started < count) {
            ++*started;
            curl_multi_add_handle(multi, easy);
        } else {
            curl_easy_cleanup(easy);
        }
    }
}

int main(int argc, char **argv)
{
    struct curl_slist *headers = NULL;
    struct rusage usage = {0};
    CURLM *multi;
    long flight, count, done = 0, started = 0;
    int64_t began;
    int running;

    if (argc != 4)
        bench_die("usage: limit-llm URL FLIGHT N");
    flight = bench_count(argv[2]);
    count = bench_count(argv[3]);
    curl_global_init(CURL_GLOBAL_ALL);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, flight);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    began = bench_now();
    for (; started < flight && started < count; started++)
        curl_multi_add_handle(multi, make(argv[1], headers));
    while (done < count) {
        curl_multi_perform(multi, &running);
        turn(multi, &done, &started, count);
        if (done < count)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    bench_rate(count, began);
    getrusage(RUSAGE_SELF, &usage);
    printf("mib %.1f\n", (double)usage.ru_maxrss / 1024);
    curl_slist_free_all(headers);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    return 0;
}
