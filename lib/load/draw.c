/*
 * draw.c - numbers that look random and are the same for the same seed
 */
#include "config.h"

#include "load/draw.h"

#include <math.h>

#include "core/clock.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
/* The stream of arrivals; those of tasks are numbered from 0. */
#define ARRIVALS UINT64_MAX

static uint64_t mix(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

uint64_t draw_bits(struct draw *draw)
{
    draw->state += GOLDEN;
    return mix(draw->state);
}

struct draw draw_stream(uint64_t seed, uint64_t number)
{
    return (struct draw){.state = mix(mix(seed + GOLDEN) ^ (number * GOLDEN))};
}

double draw_unit(struct draw *draw)
{
    return (double)(draw_bits(draw) >> 11) * 0x1p-53;
}

int64_t draw_between(struct draw *draw, int64_t low, int64_t high)
{
    return low + (int64_t)(draw_unit(draw) * (double)(high - low + 1));
}

double draw_exponential(struct draw *draw, double mean)
{
    return -mean * log1p(-draw_unit(draw));
}

struct arrivals arrivals_start(uint64_t seed, double rate, int constant)
{
    return (struct arrivals){.draw = draw_stream(seed, ARRIVALS),
                             .rate = rate,
                             .constant = constant};
}

int64_t arrivals_next(struct arrivals *arrivals)
{
    double interval = (double)USEC_PER_SEC / arrivals->rate;

    if (arrivals->constant)
        arrivals->at = (double)arrivals->count * interval;
    else
        arrivals->at += draw_exponential(&arrivals->draw, interval);
    arrivals->count++;
    return (int64_t)arrivals->at;
}
