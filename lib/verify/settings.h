/*
 * settings.h - do the settings make sense together, and are they private?
 */
#ifndef AAOS_VERIFY_SETTINGS_H
#define AAOS_VERIFY_SETTINGS_H

#include "core/conf.h"
#include "verify/verify.h"

/* state_dir: NULL if there is none yet. */
void verify_settings(struct verify *verify, struct conf *conf,
                     const char *state_dir);

#endif
