/*
 * links.h - do the records of one submission fit together?
 *
 * Each record may have a name (ref), and may wait for others by their names
 * or by task ids, whether those come before or after it.  Nothing of a
 * record is kept but its names.
 */
#ifndef AAOS_TASK_LINKS_H
#define AAOS_TASK_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "task/record.h"

enum { LINKS_MOST_REFS = 1000000 };

struct links; /* opaque */

/* unit: what a record is called in messages ("task", "line"). */
struct links *links_open(const char *unit);
void links_close(struct links *links);
/*
 * The next record, with the number that messages give it.  ERR_DATA: its
 * ref is another's; it is not added then.
 */
int links_add(struct links *links, const struct task_record *record,
              int64_t number, struct err *err);
/*
 * All are there.  ERR_DATA with the first thing that is wrong:
 *
 *     task 3 ('build'): depends_on: there is no 'lint' here
 *     depends_on: tasks wait for each other: a -> b -> a
 */
int links_check(struct links *links, struct err *err);
/* After links_check(): does one wait for a later one? */
bool links_forward(const struct links *links);
/* Likewise: the records, parents first; of links_count() places. */
const uint32_t *links_order(const struct links *links);
size_t links_count(const struct links *links);

#endif
