/*
 * broker.c - opening, and chance
 */
#include "config.h"

#include "work/broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/broker-internal.h"

struct broker *broker_open(struct store *store, struct queue *queue,
                           struct llm_config *config, const char *agent_id,
                           uint64_t seed)
{
    struct broker *broker = xcalloc(1, sizeof(*broker));

    *broker = (struct broker){
        .store = store,
        .queue = queue,
        .config = config,
        .endpoint_names =
            xcalloc(config->nendpoints + 1, sizeof(*broker->endpoint_names)),
        .endpoint_left = xcalloc(config->nendpoints + 1, sizeof(int64_t)),
        .endpoint_held = xcalloc(config->nendpoints + 1, sizeof(int64_t)),
        .random = seed,
    };
    snprintf(broker->agent_id, sizeof(broker->agent_id), "%s", agent_id);
    for (size_t i = 0; i < config->nendpoints; i++)
        broker->endpoint_names[i] = config->endpoints[i].name;
    return broker;
}

void broker_close(struct broker *broker)
{
    if (!broker)
        return;
    free(broker->endpoint_names);
    free(broker->endpoint_left);
    free(broker->endpoint_held);
    free(broker);
}

/* splitmix64 (Steele, Lea, Flood 2014): enough to spread calls. */
double broker_random(struct broker *broker)
{
    uint64_t z = broker->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (double)(z >> 11) / (double)(UINT64_C(1) << 53);
}
