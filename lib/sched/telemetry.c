/*
 * telemetry.c - what the queue looked like at this tick
 */
#include "config.h"

#include "core/clock.h"
#include "sched/tick-private.h"
#include "store/samples.h"
#include "store/upkeep.h"

#define SPACING (30 * USEC_PER_SEC)

enum { SAMPLES_MAX = SAMPLES_READ_MAX + 1 };

int tick_telemetry(struct tick *tick, struct err *err)
{
    struct sample samples[SAMPLES_MAX];
    size_t count = 0;
    int recent = store_sampled(tick->store, SPACING, err);

    if (recent != 0)
        return recent < 0 ? -1 : 0;
    if (samples_read(tick->store, samples, &count, err) < 0)
        return -1;
    if (queue_has_redis(tick->queue))
        samples[count++] = (struct sample){
            .name = "redis_up", .value = !queue_degraded(tick->queue)};
    return store_sample(tick->store, &tick->lease, samples, count, err);
}
