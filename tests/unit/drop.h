/*
 * drop.h - a folder that a test has made, and all in it, goes
 */
#ifndef AAOS_TESTS_DROP_H
#define AAOS_TESTS_DROP_H

#include <stdio.h>
#include <stdlib.h>

#include "core/attr.h"
#include "core/mem.h"

ATTR_UNUSED
static void drop_tree(const char *folder)
{
    char *command = xasprintf("rm -r '%s'", folder);

    if (system(command) != 0) /* NOLINT(cert-env33-c): a name of our own */
        printf("# cannot remove %s\n", folder);
    free(command);
}

#endif
