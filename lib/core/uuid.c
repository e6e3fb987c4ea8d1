/*
 * uuid.c - UUID version 7
 *
 *     48 bits   milliseconds since 1970
 *      4 bits   version, 7
 *     12 bits   counter, high part
 *      2 bits   variant, binary 10
 *     14 bits   counter, low part
 *     48 bits   random
 *
 * The counter of 26 bits starts each millisecond at a random number with
 * its top bit clear and counts up; when it is used up, or the clock went
 * back, the time of the last id is kept or moved on by one.  Random bytes
 * are fetched 4 KiB at a time, and thrown away after a fork: parent and
 * child must not hand out the same ones.
 */
#include "config.h"

#include "core/uuid.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

enum { COUNTER_BITS = 26, POOL_SIZE = 4096 };

static struct {
    unsigned char pool[POOL_SIZE];
    size_t left; /* bytes at the end of the pool that nobody has had */
    pid_t owner;
    uint64_t ms;
    uint32_t counter;
} state;

static void fill_pool(void)
{
    size_t have = 0;

    while (have < POOL_SIZE) {
        ssize_t got = getrandom(state.pool + have, POOL_SIZE - have, 0);

        if (got < 0 && errno != EINTR)
            xdie("the system gives no random bytes");
        if (got > 0)
            have += (size_t)got;
    }
    state.left = POOL_SIZE;
}

static void take_random(void *to, size_t len)
{
    pid_t self = getpid();

    if (state.left < len || state.owner != self) {
        fill_pool();
        state.owner = self;
    }
    memcpy(to, state.pool + POOL_SIZE - state.left, len);
    state.left -= len;
}

/* Move state.ms and state.counter to the next pair, always upwards. */
static void advance(uint64_t now_ms)
{
    uint32_t seed;

    if (now_ms <= state.ms && ++state.counter < 1U << COUNTER_BITS)
        return;
    state.ms = now_ms > state.ms ? now_ms : state.ms + 1;
    take_random(&seed, sizeof(seed));
    state.counter = seed >> (32 - COUNTER_BITS + 1);
}

static void put_text(const unsigned char id[16], char *text)
{
    static const char digit[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        *text++ = digit[id[i] >> 4];
        *text++ = digit[id[i] & 15];
    }
    *text = '\0';
}

char *uuid_make(char text[UUID_SIZE])
{
    unsigned char id[16];
    size_t i;

    advance((uint64_t)(clock_wall() / USEC_PER_MSEC));
    for (i = 0; i < 6; i++)
        id[i] = (unsigned char)(state.ms >> (40 - 8 * i));
    id[6] = (unsigned char)(0x70 | state.counter >> 22);
    id[7] = (unsigned char)(state.counter >> 14);
    id[8] = (unsigned char)(0x80 | (state.counter >> 8 & 0x3f));
    id[9] = (unsigned char)state.counter;
    take_random(id + 10, 6);
    put_text(id, text);
    return text;
}

bool uuid_valid(const char *text, size_t len)
{
    size_t i;

    if (len != UUID_SIZE - 1)
        return false;
    for (i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = text[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
                   (c >= 'A' && c <= 'F');

        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}
