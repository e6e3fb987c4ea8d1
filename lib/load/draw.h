/*
 * draw.h - numbers that look random and are the same for the same seed
 *
 * SplitMix64 (Steele, Lea, Flood 2014): one addition and a mix a number.
 * Each thing that is drawn for has a stream of its own, made from the seed
 * and its number, so that what task 17 is does not depend on when it came.
 */
#ifndef AAOS_LOAD_DRAW_H
#define AAOS_LOAD_DRAW_H

#include <stdint.h>

struct draw {
    uint64_t state;
};

struct draw draw_stream(uint64_t seed, uint64_t number);
uint64_t draw_bits(struct draw *draw);
double draw_unit(struct draw *draw); /* [0, 1) */
int64_t draw_between(struct draw *draw, int64_t low,
                     int64_t high); /* both included */
double draw_exponential(struct draw *draw, double mean);

/*
 * When tasks arrive: the instants of a Poisson process of `rate` a second,
 * or evenly spaced ones.  Instants are microseconds from the start; they
 * are sums of exact intervals, so that no rounding adds up.
 */
struct arrivals {
    struct draw draw;
    double rate;   /* a second, > 0 */
    int constant;  /* not Poisson */
    int64_t count; /* drawn so far */
    double at;     /* of the last one, microseconds */
};
struct arrivals arrivals_start(uint64_t seed, double rate, int constant);
int64_t arrivals_next(struct arrivals *arrivals);

#endif
