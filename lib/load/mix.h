/*
 * mix.h - what a load is made of
 *
 * A mix is a list of classes, separated by commas:
 *
 *     TYPE[=WEIGHT][:KEY=VALUE]...
 *
 *     research=6:priority=1-9,code=3:run=~0.02:fail=5%,qa:size=1k-64k
 *
 *     priority=N[-M]    0 to 10, evenly                       (5)
 *     size=SIZE[-SIZE]  bytes of the payload, evenly          (150)
 *     result=SIZE[-SIZE] bytes of the result, evenly          (0)
 *     run=TIME[-TIME]   how long it takes, evenly; ~TIME: exponentially
 *                       distributed about TIME                (0)
 *     fail=SHARE        of the attempts fail ("5%", "0.05")   (0)
 *     dead=SHARE        of the tasks fail for good at once    (0)
 *     after=SHARE       of the tasks wait for an earlier one  (0)
 *     attempts=N        after which a task is dead (what is configured)
 *
 * A task is drawn from the seed and its number alone: the same mix and
 * seed give the same tasks, whenever they arrive.
 */
#ifndef AAOS_LOAD_MIX_H
#define AAOS_LOAD_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { MIX_CLASSES_MAX = 64, MIX_TYPE_MAX = 64 };
#define MIX_SIZE_MAX (INT64_C(1) << 20)
#define MIX_RUN_MAX (INT64_C(86400) * 1000000)

struct mix_range {
    int64_t low, high;
    bool exponential; /* about low */
};

struct mix_class {
    char type[MIX_TYPE_MAX + 1];
    double weight;
    struct mix_range priority, size, result, run;
    double fail, dead, after;
    int64_t attempts; /* 0: as configured */
};

struct mix {
    struct mix_class classes[MIX_CLASSES_MAX];
    size_t count;
    double weight; /* of all */
};

/* ERR_USAGE, naming the class and the key. */
int mix_parse(const char *text, struct mix *mix, struct err *err);

/* One task of a load. */
struct mix_task {
    int64_t number;
    size_t class;
    int priority;
    int64_t size, result, run;
    int64_t fail; /* attempts that fail first */
    bool dead;    /* the failure is for good */
    int64_t back; /* it waits for task number - back; 0: for none */
    int max_attempts;
};
enum { MIX_BACK_MAX = 16 };

/* attempts: what is configured. */
void mix_draw(const struct mix *mix, uint64_t seed, int64_t number,
              int attempts, struct mix_task *task);

#endif
